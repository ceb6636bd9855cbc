"""The message schema: the kernel sends plain JSON, and messages from a page are accepted only if they fit."""

from __future__ import annotations

import json
import math
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vultorch_widget.protocol import controls as spec
from vultorch_widget.protocol import messages
from vultorch_widget.protocol.message import Message
from vultorch_widget.protocol.messages import (
    CancelUpload,
    CanvasSize,
    ClientMessage,
    Command,
    Fetch,
    Gone,
    Measure,
    PinTexel,
    Pointed,
    ProbeTexel,
    Ready,
    Report,
    Resize,
    SaveTexels,
    SetControl,
    SetLook,
    TexelBlock,
    Upload,
    WatchTexels,
)
from vultorch_widget.protocol.wire import MAX_ITEMS, MAX_TEXT, MessageError, decode, encode, field_types

EXAMPLES: list[ClientMessage] = [
    Ready(client="c", protocol=1),
    Resize(client="c", sizes=(CanvasSize(canvas="p/a", width=10, height=20),)),
    Resize(client="c", sizes=()),
    Report(
        client="c",
        seq=3,
        age_ms=1.25,
        painted=7,
        visible=True,
        resync=False,
        next_ms=250.0,
        beat_ms=16.7,
        early_ms=-3.5,
    ),
    SetControl(client="c", panel="p", control="slider:a", value=0.5, revision=1),
    SetControl(client="c", panel="p", control="checkbox:a", value=True, revision=2),
    SetControl(client="c", panel="p", control="combo:a", value=3, revision=3),
    SetControl(client="c", panel="p", control="text:a", value="ä😀", revision=4),
    Command(client="c", name="tick_rate", value=30.0),
    Fetch(client="c", token="t", offset=0),
    Upload(client="c", panel="p", control="file_dialog:a", upload="u", name="ä.png", size=9, offset=3, buffer=0),
    CancelUpload(client="c", upload="u"),
    ProbeTexel(client="c", canvas="p/a", x=3, y=0),
    SetLook(client="c", canvas="p/a", exposure=1.5, offset=-0.25, colormap="", channels="program"),
    SetLook(client="c", canvas="p/a", exposure=0.0, offset=0.0, colormap="program", channels="g"),
    Measure(client="c", canvas="p/a"),
    SaveTexels(client="c", canvas="p/a"),
    WatchTexels(client="c", blocks=(TexelBlock(canvas="p/a", left=0, top=1, right=2, bottom=3),)),
    PinTexel(client="c", canvas="p/a", x=3, y=0, pinned=True, alone=False),
    Gone(client="c"),
    Pointed(
        client="c",
        canvas="p/a",
        action="press",
        x=-1.5,
        y=2.0,
        button="left",
        buttons=("left", "right"),
        wheel=0.0,
        modifiers=("ctrl",),
        stroke=1,
    ),
]


def as_json(message):
    return json.loads(json.dumps(encode(message), allow_nan=False))


# --- round trips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda m: m.kind)
def test_messages_from_a_page_are_decoded(message):
    assert decode(as_json(message)) == message


PRIMITIVES = {
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=30),  # without unpaired surrogates
}


def values_of(expected):
    """Any value of a type in the schema."""
    origin, args = typing.get_origin(expected), typing.get_args(expected)
    if origin is typing.Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(values_of(args[0]), max_size=4).map(tuple)
    if args:
        return st.one_of(*map(values_of, args))
    if issubclass(expected, Message):
        return st.builds(expected, **{name: values_of(tp) for name, tp in field_types(expected).items()})
    return PRIMITIVES[expected]


client_messages = values_of(ClientMessage)


@given(client_messages)
def test_any_valid_message_is_decoded(message):
    arrived = decode(as_json(message))
    assert arrived == message
    for field in message.FIELDS:
        assert type(getattr(arrived, field)) is type(getattr(message, field))


def test_a_whole_number_is_a_float_where_one_is_expected():
    arrived = decode({**as_json(EXAMPLES[3]), "age_ms": 60})
    assert type(arrived.age_ms) is float


def test_encode_makes_json_of_every_kernel_message():
    slider = spec.Slider(
        id="slider:a", label="a", min=0.0, max=1.0, log=False, step=0.0, initial=0.1, value=0.5, origin="", revision=0
    )
    curve = spec.Curve(name="", values=(1.0, None), length=2)
    plot = spec.Plot(id="plot:b", label="", overlay="", curves=(curve,), width=0.0, height=80.0)
    panel = messages.PanelSpec(id="p", name="p", canvases=(), controls=(slider, plot))
    row = messages.Split(
        direction="row", weights=(0.5, 0.5), children=(messages.Leaf(panel="p"), messages.Leaf(panel="q"))
    )
    scene = messages.Scene(
        protocol=1, title="t", width=10, height=20, layout=row, panels=(panel,), notices=("n",), compared=()
    )
    content = as_json(scene)
    assert content["kind"] == "scene"
    assert content["layout"]["children"] == [{"kind": "leaf", "panel": "p"}, {"kind": "leaf", "panel": "q"}]
    assert content["panels"][0]["controls"][0]["value"] == 0.5
    assert content["panels"][0]["controls"][1]["curves"][0]["values"] == [1.0, None]
    patch = messages.ControlsPatch(panel="p", changed=(slider,), order=None)
    update = messages.Update(seq=1, made=2.0, pictures=(), annotations=(), controls=(patch,), series=(), status=None)
    content = as_json(update)
    assert content["controls"] == [{"panel": "p", "changed": [as_json_control(slider)], "order": None}]
    assert content["status"] is None


def as_json_control(control):
    return {field: getattr(control, field) for field in control.FIELDS}


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"a message is an object, not None"),
        ([], r"a message is an object, not \[\]"),
        ("gone", r"a message is an object, not 'gone'"),
        ({}, r"unknown kind None; known are answer_futures, .*, explore, fetch, .*, set_look, .*upload"),
        ({"kind": "scene"}, r"unknown kind 'scene'"),
        ({"kind": ["gone"]}, r"unknown kind \['gone'\]"),
        ({"kind": "gone"}, r"Gone: missing fields \['client'\]"),
        ({"kind": "gone", "client": "c", "x": 1}, r"Gone: .*unknown fields \['x'\]"),
        ({"kind": "gone", "client": "c", 5: 1, None: 2}, r"Gone: .*unknown fields \['5', 'None'\]"),
        ({"kind": "gone", "client": 3}, r"Gone\.client: 3 is not str"),
        ({"kind": "ready", "client": "c", "protocol": 1.0}, r"Ready\.protocol: 1\.0 is not int"),
        ({"kind": "ready", "client": "c", "protocol": True}, r"Ready\.protocol: True is not int"),
        ({"kind": "ready", "client": "c", "protocol": 2**53 + 1}, r"Ready\.protocol: 9007199254740993 is not int"),
        ({"kind": "command", "client": "c", "name": "quit", "value": 0}, r"Command\.name: 'quit' is not Literal"),
        ({"kind": "command", "client": "c", "name": "stop", "value": "0"}, r"Command\.value: '0' is not float"),
        ({"kind": "command", "client": "c", "name": "stop", "value": False}, r"Command\.value: False is not float"),
        ({"kind": "command", "client": "c", "name": "stop", "value": math.nan}, r"Command\.value: nan is not float"),
        ({"kind": "resize", "client": "c", "sizes": {}}, r"Resize\.sizes: \{\} is not tuple"),
        ({"kind": "resize", "client": "c", "sizes": [3]}, r"Resize\.sizes\[0\]: 3 is not CanvasSize"),
        (
            {"kind": "resize", "client": "c", "sizes": [{"canvas": "a", "width": 1, "height": None}]},
            r"Resize\.sizes\[0\]\.height: None is not int",
        ),
        ({"kind": "resize", "client": "c", "sizes": [{}] * (MAX_ITEMS + 1)}, r"Resize\.sizes: .* is not tuple"),
        ({"kind": "gone", "client": "x" * (MAX_TEXT + 1)}, r"Gone\.client: 'x+\.\.\.x+' is not str"),
        ({"kind": "gone", "client": "\ud800"}, r"Gone\.client: '\\ud800' is not str"),
    ],
)
def test_invalid_messages_are_named(content, message):
    with pytest.raises(MessageError, match=message):
        decode(content)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None, {}, 2**53 + 1, 10**400, "x" * 70_000])
def test_values_of_invalid_types_are_refused(value):
    with pytest.raises(MessageError, match=r"SetControl\.value: "):
        decode({"kind": "set_control", "client": "c", "panel": "p", "control": "a", "value": value, "revision": 1})


@pytest.mark.parametrize("depth", [100, 5_000, 100_000])
def test_nesting_beyond_any_stack_is_refused(depth):
    deep: list = []
    for _ in range(depth):
        deep = [deep]
    content = {"kind": "set_control", "client": "c", "panel": "p", "control": "a", "value": deep, "revision": 1}
    for message in (deep, {"kind": deep}, content):
        with pytest.raises(MessageError) as raised:
            decode(message)
        assert len(str(raised.value)) < 400
    while deep:  # freeing such a deep list at once would overflow the stack
        deep = deep.pop()


def test_a_refusal_is_short_however_long_the_message():
    content = {"kind": "gone", "client": ["x" * 1000] * 100_000}
    with pytest.raises(MessageError) as raised:
        decode(content)
    assert len(str(raised.value)) < 300


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=12,
)


@given(json_values)
def test_random_json_is_refused_with_a_reason(content):
    with pytest.raises(MessageError, match=r"\w"):
        decode(content)


@st.composite
def broken(draw):
    """A valid message with one field dropped, added, or replaced by anything."""
    content = as_json(draw(client_messages))
    target = content
    if content.get("sizes") and draw(st.booleans()):
        target = draw(st.sampled_from(content["sizes"]))
    name = draw(st.sampled_from([*target, "extra"]))
    if draw(st.booleans()):
        target[name] = draw(json_values)
    else:
        target.pop(name, None)
    return content


@settings(max_examples=300)
@given(broken())
def test_a_broken_message_is_refused_or_still_fits(content):
    refusal = ""
    try:
        message = decode(content)
    except MessageError as error:
        refusal = str(error)
    if not refusal:
        assert as_json(message) == content
        assert all(map(_holds, _leaves(encode(message))))


def _leaves(value):
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, list) else [value]


def _holds(value):
    return isinstance(value, (bool, str)) or math.isfinite(value)
