// Children that tests start (a killed service, the XLSX parser) would write coverage whose lines are those of their own
// transformed sources; merged with the tests' they shift each other. This process was told where to write at its start.
process.env.NODE_V8_COVERAGE = '';
