"""Address management: which addresses a node may hand out, and which are taken.

Models containernetworking/plugins (host-local) and Calico's block IPAM. Addresses are kept as integers and printed when given.
"""

from ipaddress import IPv4Address, IPv4Network


class PoolExhausted(Exception):
    """There is no free address left."""


class Range:
    """Addresses of one network, handed out in turn, so that a freed address is not reused at once."""

    def __init__(self, cidr: str, first: int = 1) -> None:
        network = IPv4Network(cidr)
        self.cidr = cidr
        self._base, self._size, self._first = int(network.network_address), network.num_addresses, first
        self._next = first
        self._taken: set[int] = set()

    def __len__(self) -> int:
        return len(self._taken)

    @property
    def full(self) -> bool:
        return len(self._taken) >= self._size - self._first - 1

    def take(self) -> str:
        """The next free address. Raises PoolExhausted."""
        if self.full:
            raise PoolExhausted(f"no addresses left in {self.cidr}")
        while self._next in self._taken:
            self._next = self._after(self._next)
        taken = self._next
        self._taken.add(taken)
        self._next = self._after(taken)
        return str(IPv4Address(self._base + taken))

    def claim(self, address: str) -> bool:
        """Take one certain address; False when somebody has it."""
        number = int(IPv4Address(address)) - self._base
        if number in self._taken or not 0 <= number < self._size:
            return False
        self._taken.add(number)
        return True

    def free(self, address: str) -> None:
        self._taken.discard(int(IPv4Address(address)) - self._base)

    def __contains__(self, address: str) -> bool:
        return 0 <= int(IPv4Address(address)) - self._base < self._size

    def _after(self, number: int) -> int:
        return number + 1 if number + 1 < self._size - 1 else self._first


class Blocks:
    """A pool that is cut into equal blocks, given out to whoever asks."""

    def __init__(self, cidr: str, prefix: int) -> None:
        network = IPv4Network(cidr)
        self.cidr = cidr
        self._base, self._prefix = int(network.network_address), prefix
        self._count = 1 << (prefix - network.prefixlen)
        self._next = 0
        self._claimed: set[int] = set()
        self._returned: list[int] = []

    def take(self) -> str:
        """The next free block. Raises PoolExhausted."""
        if self._returned:
            number = self._returned.pop(0)
        else:
            while self._next in self._claimed:
                self._next += 1
            if self._next >= self._count:
                raise PoolExhausted(f"no blocks left in {self.cidr}")
            number, self._next = self._next, self._next + 1
        return self._text(number)

    def claim(self, address: str) -> str | None:
        """Take the block that holds a certain address; None when it was given out already or lies elsewhere."""
        number = (int(IPv4Address(address)) - self._base) >> (32 - self._prefix)
        if not 0 <= number < self._count or number < self._next or number in self._claimed:
            return None
        self._claimed.add(number)
        return self._text(number)

    def _text(self, number: int) -> str:
        return f"{IPv4Address(self._base + (number << (32 - self._prefix)))}/{self._prefix}"

    def free(self, block: str) -> None:
        self._returned.append((int(IPv4Address(block.partition("/")[0])) - self._base) >> (32 - self._prefix))
