"""A training of two ranks, for torchrun and others. Writes (step, rate) of each step to a file per rank.

A rank continues alone if the other is killed. The launcher may have made the process group already.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import torch
import torch.distributed as dist

import vultorch_widget as vultorch

torch.set_num_threads(1)
ours = not dist.is_initialized()
if ours:
    dist.init_process_group("gloo", init_method=os.environ.get("MEETING", "env://"))
rank = dist.get_rank()
run, folder = sys.argv[1], Path(sys.argv[2])
where = {"address": "127.0.0.1", "token": sys.argv[3]} if sys.argv[3:] else {}
feed = vultorch.feed(run, **where)
parameters = torch.zeros(3)
picture = torch.zeros(48, 64, 3)
with (folder / f"rank{rank}").open("w") as file:
    for step in range(100_000):
        rate = feed.slider("rate", 0.0, 1.0, default=0.25)
        picture.fill_(0.2 + 0.5 * rank)
        picture[:, step % 64] = 0.5
        feed.show(prediction=picture, wrong="no picture")
        feed.log(loss=1 / (step + 1), step=step)
        parameters[0] = step + (rank and step >= 40)
        feed.checksum([parameters], every=10)
        loss = torch.ones(1)
        with suppress(RuntimeError):
            dist.all_reduce(loss)
        file.write(f"{step} {rate}\n")
        file.flush()
        if feed.stopped:
            break
        time.sleep(0.005)
print("done", flush=True)
if ours:
    dist.destroy_process_group()
