// SPDX-License-Identifier: Apache-2.0
// Read before the design, this turns on its assertions (a broken one prints itself and ends the
// simulation, which the test then reports as failed).
`define FL_ASSERT
