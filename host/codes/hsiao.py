# SPDX-License-Identifier: Apache-2.0
"""The check matrix of the SECDED code: 32 data bits, 7 check bits."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

DATA_BITS = 32
CHECK_BITS = 7

# Hsiao's construction: every column has odd weight, so that two flips never look like one; the check bits have the
# columns of weight 1, the data bits columns of weight 3, of which there are 35. The three left out are those that leave
# the rows as equal as can be: 96 ones in 7 rows are five rows of 14 and two of 13.
_LEFT_OUT = ((0, 1, 2), (3, 4, 5), (0, 3, 6))


def _columns() -> tuple[int, ...]:
    triples = (rows for rows in combinations(range(CHECK_BITS), 3) if rows not in _LEFT_OUT)
    return tuple(sum(1 << row for row in rows) for rows in triples)


#: Column of each data bit, least significant first: bit r is row r.
COLUMNS: tuple[int, ...] = _columns()

#: uint32[7] data bits that each check bit is the parity of.
ROWS: NDArray[np.uint32] = np.array(
    [sum((column >> row & 1) << bit for bit, column in enumerate(COLUMNS)) for row in range(CHECK_BITS)],
    dtype=np.uint32,
)
ROWS.flags.writeable = False
