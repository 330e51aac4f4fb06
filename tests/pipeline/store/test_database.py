"""A database that cannot be used now is told apart from a query that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.errors import DatabaseError
from pipeline.store import KeyRing, Store
from pipeline.store.database import Database, out_of_reach
from tests.support.databases import SERVER


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_a_wrong_query_is_the_programs_own_fault(place: str) -> None:
    database = Database(place)
    with pytest.raises(sa.exc.DBAPIError) as wrong, database.read() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
    assert out_of_reach(wrong.value) is None
    database.close()


def test_a_full_disk_and_a_lost_file_are_not(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'there.db'}")
    with database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with pytest.raises(sa.exc.OperationalError) as full:
            connection.exec_driver_sql("CREATE TABLE more (a)")
    assert out_of_reach(full.value) == "database or disk is full"
    database.close()
    lost = sa.create_engine(f"sqlite:///{tmp_path}/nowhere/lost.db")
    with pytest.raises(sa.exc.OperationalError) as missing:
        lost.connect()
    assert out_of_reach(missing.value) == "unable to open database file"


def test_opening_says_why_it_cannot_and_no_password(tmp_path: Path) -> None:
    url = sa.make_url(SERVER).set(port=1, password="sesame").render_as_string(hide_password=False)
    with pytest.raises(DatabaseError, match=r"cannot be opened \(.*refused") as refused:
        Store.open(url, keys=KeyRing.new(), folder=tmp_path)
    assert "sesame" not in str(refused.value)


def test_a_database_that_is_not_there_is_named_so(empty_place: str, tmp_path: Path) -> None:
    if empty_place.startswith("sqlite"):
        pytest.skip("SQLite makes it")
    url = sa.make_url(empty_place).set(database="callproof_nowhere").render_as_string(hide_password=False)
    with pytest.raises(DatabaseError, match=r'\(database "callproof_nowhere" does not exist\)'):
        Store.open(url, keys=KeyRing.new(), folder=tmp_path)
