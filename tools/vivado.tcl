# SPDX-License-Identifier: Apache-2.0
# Bitstream of a board top with Vivado, without a project:
#   vivado -mode batch -source tools/vivado.tcl -tclargs TOP PART FOLDER BITSTREAM
# run in the root of the project. FOLDER has build.vh and gets netlists, reports and result.txt; BITSTREAM is written
# when timing is met, and only then.

if {[llength $argv] != 4} {
    error "arguments are TOP PART FOLDER BITSTREAM, got [llength $argv]: type `make bitstream BOARD=arty`"
}
lassign $argv top part folder bitstream

# Paths of rtl/sources.f.
proc read_list {path} {
    set names {}
    set file [open $path]
    while {[gets $file line] >= 0} {
        set line [string trim $line]
        if {$line ne "" && ![string match "//*" $line]} {
            lappend names [file join rtl $line]
        }
    }
    close $file
    return $names
}

# How many cells have a type that matches one of some patterns.
proc count_cells {args} {
    set terms {}
    foreach pattern $args {
        lappend terms "REF_NAME =~ $pattern"
    }
    return [llength [get_cells -quiet -hierarchical -filter [join $terms " || "]]]
}

# Worst path of a kind (max: setup, min: hold).
proc worst_path {kind} {
    return [lindex [get_timing_paths -quiet -delay_type $kind -max_paths 1 -nworst 1] 0]
}

foreach source [read_list rtl/sources.f] {
    read_verilog $source
}
read_verilog [file join rtl board $top.v]
read_xdc [file join constraints $top.xdc]

synth_design -top $top -part $part -include_dirs [list $folder rtl/generated]
opt_design
place_design
phys_opt_design
route_design

report_utilization -file [file join $folder utilisation.txt]
report_timing_summary -max_paths 10 -file [file join $folder timing.txt]
report_drc -file [file join $folder drc.txt]
write_checkpoint -force [file join $folder routed.dcp]

set setup [worst_path max]
set hold [worst_path min]
set result [open [file join $folder result.txt] w]
puts $result "luts [count_cells LUT* RAM32M RAM64M]"
puts $result "flip_flops [count_cells FD*]"
puts $result "ramb36 [count_cells RAMB36*]"
puts $result "ramb18 [count_cells RAMB18*]"
puts $result "dsps [count_cells DSP48*]"
puts $result "slack [get_property SLACK $setup]"
puts $result "hold_slack [get_property SLACK $hold]"
puts $result "start [get_property STARTPOINT_PIN $setup]"
puts $result "end [get_property ENDPOINT_PIN $setup]"
puts $result "delay [get_property DATAPATH_DELAY $setup]"
puts $result "levels [get_property LOGIC_LEVELS $setup]"
puts $result "version [version -short]"
close $result

if {[get_property SLACK $setup] >= 0 && [get_property SLACK $hold] >= 0} {
    write_bitstream -force $bitstream
}
