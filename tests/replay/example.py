"""Prints the replay document of a short training: ``python -m tests.replay.example > replay.json``."""

from __future__ import annotations

import json
import sys

from tests.replay.runs import fit, replay_of

if __name__ == "__main__":
    view = fit(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
    sys.stdout.write(json.dumps(replay_of(view)))
    view.close()
