"""Reading on the hub: what people and machines see of the merged records, and an index over them to find it quickly.

The index is derived and lives in a file of its own (`reading.db`): it is brought up to date before each question, can be
deleted at any time, and costs those who push nothing.
"""
