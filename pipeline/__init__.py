"""From a recording to a report: one package a stage, in the order that the data flows."""
