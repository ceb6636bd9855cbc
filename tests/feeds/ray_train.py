"""Has Ray Train run ``ranks.py`` in two workers, as a program of a user's. Arguments: that file, a run and two folders.

The first folder is for what the ranks write, the second one for what Ray does: paths of its sockets must be short.
"""

from __future__ import annotations

import runpy
import sys

import ray
from ray.train import RunConfig, ScalingConfig
from ray.train.torch import TorchConfig, TorchTrainer

ranks, run, folder, place = sys.argv[1:]


def train(config: dict[str, str]) -> None:
    sys.argv = ["ranks.py", config["run"], config["folder"]]
    runpy.run_path(config["ranks"])["feed"].close()  # the worker may live on


ray.init(
    address="local",
    num_cpus=2,
    num_gpus=0,
    include_dashboard=False,
    object_store_memory=100 << 20,
    _temp_dir=place,
)
TorchTrainer(
    train,
    train_loop_config={"ranks": ranks, "run": run, "folder": folder},
    torch_config=TorchConfig(backend="gloo"),
    scaling_config=ScalingConfig(num_workers=2),
    run_config=RunConfig(name=run, storage_path=folder),
).fit()
ray.shutdown()
