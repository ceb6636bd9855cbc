"""Takes checkpoints between frames, and goes back to them: the state, the curves, the replay and the frame count.

A rewind ends the present branch, which stays as a ghost and can be gone back to, and begins another. Where the frames
are callbacks, those from the checkpoint to the step that was asked for are run again, with the controls as they were.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from ..basics.budget import Budget
from ..basics.free_name import free_name
from ..checkpoints import Checkpoint, Kept, Point, RestoreError, Ring, TrainingState
from ..metrics.scalars import KeptMetrics
from ..replay.key_frames import KeyFrame
from ..replay.left_frames import thin
from .branches import Branch, Setting, settings_along
from .callbacks import FrameError
from .hand import Hand, Key, is_click
from .repeating import repeat
from .session import Session
from .shown_branches import ShownBranches

SHARE = 0.01
"""Share of a run's time that checkpoints may take."""
CREDIT = 0.1
"""Seconds that they may take in a burst, at the beginning."""
MOST_BRANCHES = 64
"""Maximum branches besides those that lead to the present. The oldest are forgotten."""
MOST_SETTINGS = 20_000
"""Most changes of controls in one branch. Beyond, the older half is forgotten, and frames before cannot be repeated."""


class LeftBranch(NamedTuple):
    """An abandoned branch, in `View.branches`.

    Attributes:
        name: For `View.rewind`.
        first: The step at which it began.
        last: Its last step.
        controls: Values that controls had at its end and do not have now, by label.
        checkpoints: The steps of those of its checkpoints that are kept.

    """

    name: str
    first: int
    last: int
    controls: dict[str, Any]
    checkpoints: tuple[int, ...]


class Here(NamedTuple):
    """All that frames change, as it was between two of them: the state, what was logged, shown and set."""

    point: Point
    checkpoint: Checkpoint
    hand: dict[Key, Any]
    metrics: KeptMetrics
    large: tuple[tuple[torch.Tensor, torch.Tensor], ...]  # pictures too large for a checkpoint, with copies


class Rewinding:
    """The checkpoints and branches of one view. Runs on the owner's thread, between frames.

    ``tell`` gets a sentence for the user.
    """

    def __init__(self, session: Session, state: TrainingState, most_bytes: int, tell: Callable[[str], None]) -> None:
        self.state = state
        self.ring = Ring(most_bytes)
        self.budget = Budget(SHARE, CREDIT)
        self.branches: list[Branch] = []  # abandoned ones, the latest last
        self.asked: tuple[int | None, str | None] | None = None  # a rewind that waits for the end of the frame
        self.hand = Hand(session.tree)
        self._session = session
        self._shown_branches = ShownBranches(session, self.ring)
        self._tell = tell
        self._names = 0
        session.metrics.ghosts.branches.clear()
        self._known: dict[Key, Any] = {}
        self._stores = -1
        self.again = False
        """True while frames run that are not the present's: repeated ones, or those of futures."""
        self._gave_up = False
        self.present = self._new_branch(self._point(), None)
        first = self._now()
        if 2 * first.bytes > most_bytes:
            raise ValueError(
                f"a checkpoint takes {first.bytes:,} bytes, and two must fit into checkpoint_bytes, {most_bytes:,}"
            )
        self._keep(first)
        self._shown_branches.put(
            self.branches, self.present
        )  # branches of a state that was named before cannot be gone back to

    # --- while the run goes on ---------------------------------------------------------------------------------------

    def frame_begins(self) -> None:
        """Records what controls are set to in the frame that begins."""
        stores = self.hand.changes
        if stores == self._stores or self.again:
            return
        self._stores = stores
        hand = self.hand.values()
        changed = {key: value for key, value in hand.items() if key not in self._known or self._known[key] != value}
        self._known = {key: value for key, value in hand.items() if not is_click(key)}
        settings = self.present.settings
        if changed:
            settings.append(Setting(self._session.frames.count + 1, changed))
        if len(settings) > MOST_SETTINGS:
            del settings[: MOST_SETTINGS // 2]

    def frame_ended(self) -> None:
        """Takes a checkpoint if one is due, then goes back if the frame has asked for it."""
        if self.again:
            return
        if self.ring.wants(self._session.frames.count) and not self._gave_up:
            now = self._session.replay.seconds  # while the run rests, no time is saved up
            if now >= self.budget.due:
                begun = time.perf_counter()
                self._take()
                self.budget.spend(time.perf_counter() - begun, now)
        if self.asked is not None:
            self.answer()

    def ask(self, step: int | None, branch: str | None) -> None:
        """Asks for a rewind at the end of the current frame. Any thread."""
        self.asked = step, branch

    def answer(self) -> None:
        """Goes back as requested during a frame. Failures become notices."""
        asked, self.asked = self.asked, None
        if asked is None:
            return
        try:
            self.rewind(*asked)
        except (RestoreError, ValueError) as error:
            self._tell(f"The run could not go back: {error}")

    def _take(self) -> None:
        try:
            checkpoint = self._now()
        except Exception as error:  # from the user's objects, which must not end a training
            self._give_up(f"{type(error).__name__}: {error}")
            return
        if 2 * checkpoint.bytes > self.ring.most_bytes:
            most, size = self.ring.most_bytes >> 20, checkpoint.bytes / (1 << 20)
            self._give_up(f"one takes {size:,.1f} MiB, and two must fit into checkpoint_bytes, which is {most:,} MiB")
            return
        self._keep(checkpoint)
        self._shown_branches.follow(self.branches, self.present)

    def _give_up(self, reason: str) -> None:
        self._gave_up = True
        self._tell(f"No more checkpoints are taken from frame {self._session.frames.count:,} on: {reason}")

    def _keep(self, checkpoint: Checkpoint) -> None:
        self.ring.line = [(branch.name, last) for branch, last in self.present.line()]
        self.ring.add(Kept(self.present.name, self._point(), checkpoint))
        self._shown_branches.mark(self.present)

    def _now(self) -> Checkpoint:
        """A checkpoint of now. Raises what the user's objects raise."""
        return self.state.take(self._shown().items())

    def _shown(self) -> dict[str, torch.Tensor]:
        """The tensors of all canvases, by id."""
        return {canvas.id: canvas.tensor for canvas in self._session.tree.canvases() if canvas.tensor is not None}

    def reset(self) -> None:
        """Leaves the present branch, because the user starts over. Call it before that, and `begun_anew` afterwards."""
        if self._session.frames.count > self.present.fork.frame and not self._gave_up:
            try:
                self._leave(self._now())
            except Exception as error:  # as in `_take`
                self._give_up(f"{type(error).__name__}: {error}")

    def begun_anew(self) -> None:
        """Begins a branch with the current state. Call it after a reset, when nothing more is logged."""
        before, parents = self.present, [branch.parent for branch in self.branches]
        if before not in self.branches and before not in parents:
            self._forget(before)  # nothing has happened in it
        self.present = self._new_branch(self._point(), None)
        self._bound()
        self._show_branches()
        if not self._gave_up:
            self._take()

    # --- going back --------------------------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """See `Session.step`."""
        return self._session.step

    def _point(self) -> Point:
        metrics = self._session.metrics
        return Point(self._session.frames.count, metrics.iteration, metrics.last_steps())

    def rewind(self, step: int | None, branch: str | None = None) -> int:
        """Goes back to ``step`` of ``branch``, or to its end; see `View.rewind`. Returns the step that the run is then
        at.
        """
        source = self._branch(branch)
        line, end = source.line(), source.end or self._point()
        last = self._session.step_of(end)
        if step is None:
            step = last
        elif step > last:
            if source is self.present:
                raise ValueError(f"step {step:,} has not been reached: the run is at step {last:,}")
            raise ValueError(f"{source.name!r} ends at step {last:,}, before step {step:,}")
        elif source is self.present and step == last:
            return step
        along = self.ring.along([(one.name, last) for one, last in line])
        before = [kept for kept in along if self._session.step_of(kept.point) <= step]
        if not before:
            first = f"the first is of step {self._session.step_of(along[0].point):,}" if along else "none is left"
            raise ValueError(f"no checkpoint of {source.name!r} at or before step {step:,} is kept: {first}")
        found = before[-1]
        try:
            safety = self._now()
        except Exception as error:  # as in `_take`
            raise RestoreError(f"{type(error).__name__}: {error}. Nothing was changed") from error
        self.state.put_back(found.checkpoint, safety, self._shown())
        settings = settings_along(line)
        left = self._leave(safety)
        self._stand_at(found)
        if self._session.step_of(found.point) < step:
            self._catch_up(step, end.frame, settings, left, safety)
            self._fork_here(line)
            self._session.metrics.timeline.tell_again(source.marks, self.step)  # those between two frames, too
        self._bound()  # only once the present has its key frames back, or there would be more of them to drop
        self._show_branches()
        if self._session.own_loop:
            self._tell("Going back leads to a checkpoint: the steps of the program's own loop cannot be repeated.")
        return self.step

    def _branch(self, name: str | None) -> Branch:
        if name is None or name == self.present.name:
            return self.present
        for branch in self.branches:
            if branch.name == name:
                return branch
        known = ", ".join(repr(branch.name) for branch in self.branches)
        raise ValueError(f"there is no branch {name!r}; {f'known are {known}' if known else 'none was left yet'}")

    def _new_branch(self, fork: Point, parent: Branch | None) -> Branch:
        self._names += 1
        self._stores = -1
        self._known = {}
        ghosts = self._session.metrics.ghosts
        while ghosts.is_taken(name := f"branch {self._names}"):
            self._names += 1
        ghosts.branches.add(name)
        return Branch(name, fork, parent)

    def left(self) -> list[LeftBranch]:
        """The abandoned branches, in that order."""
        hand = self.hand.values()
        return [
            LeftBranch(
                branch.name,
                self._session.step_of(branch.fork) if branch.parent is not None else 0,
                self._session.step_of(branch.end),
                {
                    key[1].partition(":")[2]: value
                    for key, value in branch.hand.items()
                    if key in hand and hand[key] != value
                },
                tuple(self._session.step_of(kept.point) for kept in self.ring.of(branch.name)),
            )
            for branch in self.branches
            if branch.end is not None
        ]

    # --- leaving and standing ----------------------------------------------------------------------------------------

    def _leave(self, safety: Checkpoint) -> Branch:
        """Stores the present branch, with ``safety`` as its last checkpoint."""
        left = self.present
        end = self._end(left)
        self._hand_out(left)
        self._keep(safety)
        if left.parent is not None and end.frame == left.fork.frame:
            self._forget(left)  # nothing has happened in it
        elif left not in self.branches:
            self.branches.append(left)
        return left

    def _end(self, branch: Branch) -> Point:
        """Stores in ``branch`` what was logged, marked and set in it until now. Returns now, its end."""
        metrics = self._session.metrics
        branch.hand = {key: value for key, value in self.hand.values().items() if not is_click(key)}
        branch.logged = metrics.stretches(branch.fork.steps if branch.parent is not None else {})
        branch.marks = metrics.timeline.told()
        branch.rulers = metrics.rulers.snapshot()
        branch.bests = metrics.bests()
        branch.began = metrics.began
        branch.end = self._point()
        return branch.end

    def _hand_out(self, left: Branch) -> None:
        """Returns its key frames and changes to each branch of the present line."""
        builder = self._session.replay.builder
        begin: float = -1
        line = left.line()
        for index, (branch, _) in enumerate(line):
            end = self._session.step_of(line[index + 1][0].fork) if index + 1 < len(line) else None
            last = math.inf if end is None else end
            branch.frames[:0] = [frame for frame in builder.key_frames.frames if begin < frame.step <= last]
            branch.changes[:0] = [change for change in builder.changes.kept if begin < change.step <= last]
            begin = last

    def _stand_at(self, kept: Kept) -> None:
        """Makes the moment of ``kept`` the present."""
        session, point = self._session, kept.point
        source = next(branch for branch in [*self.branches, self.present] if branch.name == kept.branch)
        logged = list(source.values_at(point))
        if source.end is not None and source.end.frame == point.frame and source in self.branches:
            self.branches.remove(source)
            source.end, self.present = None, source
        else:
            self.present = self._new_branch(point, source)
        session.metrics.replace(logged, point.iteration)
        session.metrics.timeline.tell_again(source.marks, self._session.step_of(point))
        session.metrics.rulers.go_back(source.rulers, point.iteration, session.replay.seconds)
        session.metrics.began = source.began or session.metrics.began
        if not source.told and session.metrics.followers is not None:
            session.metrics.followers.catch_up(source.fork.steps)
        source.told = True
        session.frames.count = point.frame
        session.replay.went([], [])
        self._arrive()

    def _fork_here(self, line: list[tuple[Branch, float]]) -> None:
        """Makes the present branch begin at its position in ``line``, whose frames it shared until here."""
        point = self._point()
        if self.present.parent is None or point.frame == self.present.fork.frame:
            return
        self.present.parent = next(branch for branch, last in line if point.frame <= last)
        self.present.fork = point
        self._arrive()

    def _arrive(self) -> None:
        """Takes the key frames and control changes that lead to the present from the branches that hold them."""
        replay = self._session.replay
        frames, changes = list(replay.builder.key_frames.frames), list(replay.builder.changes.kept)
        for branch, _ in self.present.line():
            step = self.step if branch is self.present else self._session.step_of(self.present.leaves(branch))
            frames += [frame for frame in branch.frames if frame.step <= step]
            changes += [change for change in branch.changes if change.step <= step]
            branch.frames = [frame for frame in branch.frames if frame.step > step]
            branch.changes = [change for change in branch.changes if change.step > step]
        replay.went(frames, changes)
        self._session.metrics.timeline.cut(self.step)
        self.ring.line = [(branch.name, last) for branch, last in self.present.line()]
        self.ring.space_out()
        self._stores, self._known = -1, {}
        self._shown_branches.mark(self.present)

    def _forget(self, branch: Branch) -> None:
        self.ring.drop(self.ring.of(branch.name))
        self._session.metrics.ghosts.branches.discard(branch.name)
        if branch in self.branches:
            self.branches.remove(branch)

    def _bound(self) -> None:
        """Forgets the oldest branches beyond `MOST_BRANCHES`, and key frames beyond what the recorder may keep."""
        while True:
            needed = {id(branch) for branch, _ in self.present.line()}
            needed |= {id(branch.parent) for branch in self.branches}
            free = [branch for branch in self.branches if id(branch) not in needed]
            if len(self.branches) <= MOST_BRANCHES or not free:
                break
            self._forget(free[0])
        thin([branch.frames for branch in self.branches], self._session.replay.builder.most_bytes)

    def _catch_up(self, step: int, most: int, settings: list[Setting], left: Branch, safety: Checkpoint) -> None:
        """Repeats the frames up to ``step``, which was reached by frame number ``most``.

        If that fails, returns to where the run was, and raises.
        """
        session = self._session
        if session.own_loop or not session.callbacks.present:
            return
        if settings and settings[0].frame > session.frames.count + 1 and len(settings) >= MOST_SETTINGS // 2:
            return
        hand = self.hand.values()
        try:
            self._repeat(step, most, settings)
        except BaseException as error:
            session.abandon_frame()
            self._return(left, safety)
            if not isinstance(error, Exception):
                raise
            cause = error.__cause__ if isinstance(error, FrameError) else error
            raise RestoreError(f"a frame failed when it was repeated, {cause!r}. Everything is as it was") from cause
        finally:
            self.hand.put_back(hand)

    def _repeat(self, step: int, most: int, settings: list[Setting]) -> None:
        self.again = True
        try:
            repeat(self._session, self.hand, settings, step, most)
        finally:
            self.again = False
            self._stores = -1
            self.asked = None  # rewinds requested in these frames were answered when they first ran

    def _return(self, left: Branch, safety: Checkpoint) -> None:
        """Goes back to the end of the branch that was just left."""
        failed, end = self.present, left.end
        assert end is not None
        self.state.put_back(safety, safety, self._shown())
        failed.logged = {}
        if left not in self.branches:
            self.branches.append(left)
        self.ring.drop(self.ring.of(failed.name))
        self._stand_at(Kept(left.name, end, safety))
        self._bound()
        self._show_branches()

    # --- futures -----------------------------------------------------------------------------------------------------

    def here(self) -> Here:
        """Copies all that frames change, for `return_to`. Raises MemoryError or RuntimeError without memory for it."""
        shown = self._shown()
        checkpoint = self.state.take(shown.items())
        large = () if checkpoint.shown else tuple((one, one.detach().clone()) for one in shown.values())
        return Here(self._point(), checkpoint, self.hand.values(), self._session.metrics.kept(), large)

    def return_to(self, here: Here) -> None:
        """Makes everything as it was ``here``, to the last bit. Raises `RestoreError` if that fails."""
        self._session.metrics.put_back(here.metrics)
        self._session.frames.count = here.point.frame
        self.hand.put_back(here.hand)
        with torch.no_grad():
            for picture, copied in here.large:
                with contextlib.suppress(RuntimeError):  # an expanded tensor: frames cannot have changed it in place
                    picture.copy_(copied)
        self.state.put_back(here.checkpoint, here.checkpoint, self._shown())

    def add_future(self, name: str, here: Here, values: dict[Key, Any], frame: KeyFrame | None) -> Branch:
        """Keeps the result of running frames from ``here`` with the controls ``values`` as an abandoned branch.

        ``frame`` has its last pictures. Call `return_to` after it.
        """
        checkpoint = self._now()
        branch = Branch(self._free(name), here.point, self.present)
        end = self._end(branch)
        branch.settings = [Setting(here.point.frame + 1, values)]
        branch.frames = [] if frame is None else [frame]
        branch.told = False
        self.branches.append(branch)
        self.ring.add(Kept(branch.name, end, checkpoint))
        return branch

    def added(self) -> None:
        """Shows the futures that were added. Call it after `return_to`."""
        self._bound()
        self._show_branches()
        self._shown_branches.mark(self.present)

    def _free(self, name: str) -> str:
        """``name``, with a number if a branch or another run in the chart has it already."""
        ghosts = self._session.metrics.ghosts
        free = free_name(name, ghosts.is_taken)
        ghosts.branches.add(free)
        return free

    # --- what pages are told -----------------------------------------------------------------------------------------

    def _show_branches(self) -> None:
        self._shown_branches.put(self.branches, self.present)
