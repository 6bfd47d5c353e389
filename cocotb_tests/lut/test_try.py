from cocotb_tests.lut.test_lut import *
def test_serial():
    run_core("icarus","cocotb_tests.lut.sim_lut",testcase="random_networks_equal_the_twin|trials_by_the_sequencer|flipping_every_table_bit",
      GATE_INPUTS=4,IMAGE_LANES=16,STORED_WIRING=1,SWEEP_WORDS=1,SERIAL=1,STORE_PORTS=1,HUGE_RAM=1)
