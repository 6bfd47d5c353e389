# SPDX-License-Identifier: Apache-2.0
"""Protections of the stores as words that people type: ``secded``, or ``weights=secded program=tmr``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from host.regmap import Protection

_NAMES = ", ".join(code.name.lower() for code in Protection)


def parse_protections(names: Sequence[str], words: Iterable[str]) -> tuple[Protection, ...]:
    """Protection of each store.

    Parameters
    ----------
    names
        Stores by store id.
    words
        A protection for all stores, or ``store=protection``; later words overrule earlier ones.

    Raises
    ------
    ValueError
        If there is no such store or protection. The text is one sentence for the user.
    """
    chosen = dict.fromkeys(names, Protection.NONE)
    for word in words:
        store, _, code = word.rpartition("=")
        if store and store not in chosen:
            raise ValueError(f"there is no store {store!r} to protect: choose from {', '.join(names)}")
        if code.upper() not in Protection.__members__:
            raise ValueError(f"there is no protection {code!r}: choose from {_NAMES}")
        chosen.update(dict.fromkeys([store] if store else names, Protection[code.upper()]))
    return tuple(chosen.values())


def protection_words(names: Sequence[str], protections: Sequence[Protection]) -> list[str]:
    """The shortest words that :func:`parse_protections` reads as these."""
    if len(set(protections)) == 1:
        return [protections[0].name.lower()]
    pairs = zip(names, protections, strict=True)
    return [f"{name}={code.name.lower()}" for name, code in pairs if code is not Protection.NONE]


def packed_protections(protections: Sequence[Protection]) -> int:
    """Parameter PROTECTIONS of the RTL: four bits a store, store 0 lowest."""
    return sum(code << 4 * store for store, code in enumerate(protections))
