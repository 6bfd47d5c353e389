// SPDX-License-Identifier: Apache-2.0
// The fixed bit permutation between the canonical number of a code word (host, documents, digest,
// random words) and its physical index (row · BANKS + bank), as plain wires, in one direction.
//
// canonical [5:0] = {oc[3:0], icw[1:0]}: output channel and input word of a 64-word weight block
// physical  [5:0] = {oc[3:a], icw[1:b], oc[a-1:0], icw[b-1:0]}, 2^a = OC_LANES, 2^b = IC_LANES / 4
// Bits 19:6 are the same in both. With PERMUTE = 0 the two numbers are the same.
`default_nettype none

module word_order #(
    parameter OC_LANES = 8,      // output-channel lanes of the array: 1, 2, 4, 8 or 16
    parameter IC_LANES = 8,      // input lanes of the array: 1, 2, 4, 8 or 16
    parameter PERMUTE = 1,       // 0: identity (every store but the mac weights)
    parameter TO_PHYSICAL = 1    // 1: canonical -> physical, 0: physical -> canonical
) (
    input  wire [19:0] index,
    output wire [19:0] ordered
);

    localparam A = (OC_LANES >= 16) ? 4 : (OC_LANES >= 8) ? 3 : (OC_LANES >= 4) ? 2 :
                   (OC_LANES >= 2) ? 1 : 0;
    localparam B = (IC_LANES >= 16) ? 2 : (IC_LANES >= 8) ? 1 : 0;

    assign ordered[19:6] = index[19:6];

    genvar c;
    generate
        for (c = 0; c < 6; c = c + 1) begin : g_bit
            // physical place of canonical bit c: channel bits at or above a stay where they are
            localparam IS_INPUT = c < 2;
            localparam INPUT_PLACE = (c < B) ? c : A + c;
            localparam CHANNEL_PLACE = (c - 2 < A) ? B + c - 2 : c;
            localparam PLACE = (PERMUTE == 0) ? c : IS_INPUT ? INPUT_PLACE : CHANNEL_PLACE;

            if (TO_PHYSICAL != 0) begin : g_to_physical
                assign ordered[PLACE] = index[c];
            end else begin : g_to_canonical
                assign ordered[c] = index[PLACE];
            end
        end
    endgenerate

endmodule

`default_nettype wire
