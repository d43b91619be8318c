"""Drills: the service as real processes, hurt while many write to it; afterwards every word it gave must hold.

    ./dev faults                        every drill, 20 rounds each
    ./dev faults -k same_keys           one of them
    ./dev test tests/faults             one round of each, as every run of the tests does

What a round does with luck (what is written, who is killed, and when) comes of the seed, the name of the drill and the number of
the round. The seed stands in the first lines of a run, and in the report. To have a round again:

    LEDGER_FAULT_SEED=4711 ./dev faults -k "killed_worker and sqlite and round07"

The same seed sends the same requests and hurts the same process after the same pause; how the threads and processes of a
machine take turns is nobody's to repeat. So a round that failed is worth having again a number of times:
`for i in 1 2 3; do …; done`.

LEDGER_FAULT_ROUNDS  rounds of each drill (`./dev faults`: 20; else 1)
LEDGER_FAULT_SEED    the seed of the run (else drawn)
LEDGER_FAULT_REPORT  a file that each round adds a line of JSON to: drill, round, seed, and what was counted

What the counts mean stands at `drill.Counts`. `service` starts and hurts gunicorn, `writers` are the clients, `drill` audits.
"""
