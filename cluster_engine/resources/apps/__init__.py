"""The apps group: the workload kinds that own pods."""
