"""Changing the master key: every data key is wrapped anew, nothing that they seal is touched."""

from __future__ import annotations

from typing import Final, NamedTuple

import sqlalchemy as sa

from pipeline.errors import ConflictError
from pipeline.store import cipher, schema
from pipeline.store.core import SYSTEM_KEYS, Core, key_owner, system_key_owner
from pipeline.store.records import Principal

_BATCH: Final = 500


class Rotation(NamedTuple):
    """The master key now in use, and how many keys were wrapped anew under it."""

    active: str
    rewrapped: int


class Rotating(Core):
    """Rotation of the master key."""

    def rotate_keys(self, *, by: Principal, new_key: bool = True) -> Rotation:
        """Make a new master key (kept in the key file first), then wrap every data key under it.

        With `new_key=False` only the second: for keys that come from the environment, where the operator has named a
        new active one, and to finish a rotation that was cut off. Older master keys stay until `retire_keys`: other
        processes may still wrap with them. Raises `KeysError` where keys cannot be written.
        """
        if new_key:
            ring = self.keys.rotated()
            ring.save()
            self.use_keys(ring)
        count = self._rewrap_system_keys()
        while batch := self._rewrap_batch():
            count += batch
        details = {"active": self.keys.active, "rewrapped": count}
        self.ledger.append(by.name, "keys.rotate", "keys", details)
        return Rotation(self.keys.active, count)

    def keys_in_use(self) -> dict[str, int]:
        """How many data keys each master key wraps."""
        table = schema.data_keys
        with self.database.read() as connection:
            rows = connection.execute(sa.select(table.c.master_key, sa.func.count()).group_by(table.c.master_key)).all()
        return {row[0]: row[1] for row in rows}

    def retire_keys(self, *, by: Principal) -> tuple[str, ...]:
        """Take master keys that wrap nothing out of the key file. Every process must have been restarted since."""
        used = set(self.keys_in_use()) | {self.keys.active}
        with self.database.read() as connection:
            used |= set(connection.execute(sa.select(schema.system_keys.c.master_key)).scalars())
        retired = set(self.keys.master) - used
        if not retired:
            raise ConflictError("every master key is in use; rotate first", code="keys_in_use")
        ring = self.keys.without(retired)
        ring.save()
        self.use_keys(ring)
        self.ledger.append(by.name, "keys.retire", "keys", {"retired": sorted(retired)})
        return tuple(sorted(retired))

    def _rewrap_system_keys(self) -> int:
        table, count = schema.system_keys, 0
        with self.database.write() as connection:
            for name in SYSTEM_KEYS:
                row = connection.execute(sa.select(table).where(table.c.name == name).with_for_update()).one()
                if row.master_key == self.keys.active:
                    continue
                owner = system_key_owner(name)
                key = self._unwrap(cipher.WrappedKey(row.master_key, row.wrapped), owner)
                wrapped = cipher.wrap(self.keys, key, owner)
                values = {"master_key": wrapped.master_key, "wrapped": wrapped.wrapped}
                connection.execute(table.update().where(table.c.name == name).values(values))
                count += 1
        return count

    def _rewrap_batch(self) -> int:
        table, calls = schema.data_keys, schema.calls
        query = (
            sa.select(table, calls.c.call_id)
            .join(calls, calls.c.seq == table.c.call_seq)
            .where(table.c.master_key != self.keys.active)
            .limit(_BATCH)
            .with_for_update(of=table)
        )
        with self.database.write() as connection:
            rows = connection.execute(query).all()
            for row in rows:
                owner = key_owner(row.call_id, row.purpose)
                key = self._unwrap(cipher.WrappedKey(row.master_key, row.wrapped), owner)
                wrapped = cipher.wrap(self.keys, key, owner)
                connection.execute(
                    table.update()
                    .where(table.c.call_seq == row.call_seq, table.c.purpose == row.purpose)
                    .values(master_key=wrapped.master_key, wrapped=wrapped.wrapped)
                )
        return len(rows)
