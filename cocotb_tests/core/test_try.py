

from cocotb_tests.core.test_core import *
def test_serial():
    simulate("core","cocotb_tests.core.sim_core",CORE_SOURCES,simulator="icarus",parameters=SMALL|{"SERIAL":1,"SWEEP_WORDS":1,"STORE_PORTS":1,"HUGE_RAM":1,"WEIGHT_BITS":10},testcase="random_networks_equal_the_twin|trials_of_the_shipped_network",extra_env=EXTENT["icarus"])
