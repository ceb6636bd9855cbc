"""Creates and joins the parts of one view. No part knows the view it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..inspection.measuring import Measuring
from ..inspection.pins import Pins
from ..metrics import Metrics
from ..offscreen.offscreen import Offscreen
from ..pages.canvas_pictures import CanvasPictures
from ..pages.channel import Channel
from ..pages.file_exchange import Exchange
from ..pages.hearing import Hearing
from ..pages.moments import Moments
from ..pages.notices import Notices
from ..pages.pacing import Pacer
from ..pages.probing import Probing
from ..pages.publisher import Publisher
from ..pictures.encoder import Encoder
from ..render.backends import Preference
from ..render.renderer import Renderer
from ..replay import ReplayBuilder
from ..run.alarming import Alarming
from ..run.blocking_loop import BlockingLoop
from ..run.frames import Frames
from ..run.opening import Opening
from ..run.runner import Runner
from ..run.saving import Saving
from ..run.session import Session
from ..run.showing import Showing
from ..run.states import Standing
from ..run.status_line import StatusBoard
from ..run.toolbar import Toolbar
from ..tree.view_tree import Tree

if TYPE_CHECKING:
    from ..network.watching import Watching


class Parts:
    """The implementation of a `View`. Tests access it as ``view._parts``, and nothing else that is private."""

    def __init__(
        self,
        tree: Tree,
        builder: ReplayBuilder,
        *,
        max_fps: float,
        tick_rate: float,
        quality: str | int,
        backend: Preference,
    ) -> None:
        self.tree = tree
        self.metrics = Metrics()
        self.measuring = Measuring(self.metrics.note)
        self.standing = Standing()
        self.frames = Frames(tick_rate)
        self.channel = Channel()
        self.notices = notices = Notices(tree, self.channel)
        self.pacer = Pacer(max_fps)
        self.exchange = Exchange(tree)
        self.pictures = CanvasPictures(Renderer(backend, notices.tell), Encoder(quality))
        self.pins = Pins(tree.canvases)
        self.watching: Watching | None = None  # a network that is being watched
        self.offscreen = Offscreen(
            tree, self.metrics, self.pins, builder, backend, tell=notices.tell, warn=notices.warn
        )
        self.board = StatusBoard(
            tree,
            self.standing,
            self.frames,
            self.metrics,
            self.pacer,
            self.channel,
            self.pictures,
            self.offscreen,
            self.exchange.downloads,
        )
        self.moments = moments = Moments(builder)
        self.publisher = Publisher(
            tree, self.pictures, self.metrics, self.pacer, self.channel, self.frames, self.board, moments
        )
        self.probing = probing = Probing(tree, self.pins, self.channel, self.pacer, self.frames, self.metrics)
        self.hearing = Hearing(
            tree, self.channel, self.publisher, self.exchange, self.frames, probing, moments, self.metrics
        )
        self.showing = Showing(
            tree, self.frames, self.publisher, self.offscreen.film_frames, notices, self.measuring, probing
        )
        self.opening = Opening(self.showing, self.publisher)
        self.session = Session(tree, self.frames, self.metrics, self.offscreen.replay)
        self.saving = Saving(self.session, self.board, self.publisher, notices)
        self.alarming = Alarming(tree.title, self.metrics, self.standing, notices, self.publisher)
        self.runner = Runner(
            self.session,
            self.standing,
            self.hearing,
            self.showing,
            self.opening,
            self.saving,
            self.board,
            self.alarming,
        )
        self.loop = BlockingLoop(self.runner, notices)
        self.toolbar = Toolbar(self.runner)
        self.hearing.listener = self.toolbar
        self.offscreen.films.on_end = self.runner.wake

    def close(self) -> None:
        """Ends the run for good, saves the running films, disconnects the pages and frees the memory."""
        self.runner.close()
        self.metrics.flush()
        for source in self.hearing.sources:
            source.close()
        self.offscreen.close_films()  # while the results can still be sent to pages
        self.channel.close()
        self.hearing.close()
        self.pictures.renderer.close()
        self.offscreen.close()
        self.exchange.folder.close()

    def detach(self) -> None:
        """Disconnects from pages and event loop in a forked process. They belong to the parent and stay untouched."""
        self.channel.close()
        self.hearing.answer = None
        self.metrics.followers = None  # and their threads
        self.hearing.sources.clear()  # likewise
        self.runner.detach()
        self.loop.detach()
