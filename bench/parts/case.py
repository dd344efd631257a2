"""What is measured: one run of one server gives the figures of a case."""
import dataclasses
import typing

SOCKET_PEERS, REPLAY_PEERS = ('rust', 'go', 'node'), ('node',)
GET_PEERS = ('nginx', *SOCKET_PEERS)


@dataclasses.dataclass(frozen=True)
class Case:
    measure: typing.Callable  # (bench, home, who) → {figure: value}
    who: tuple  # servers that do this work; a peer that could not be made is left out
    once: bool = False  # one round is enough, since it repeats itself
