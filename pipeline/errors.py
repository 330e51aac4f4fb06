"""The exception tree of callproof.

    CallproofError                 anything this program raises on purpose
    ├── InputError                 what was given cannot be used; exit status 2
    │   ├── RecordingError         a recording that cannot be read, decoded or used
    │   ├── TranscriptError        a transcript that is not `callproof.transcript/1`
    │   ├── ApplicationError       an application that is not `callproof.application/1`
    │   ├── ScriptError            a call script that cannot be spoken
    │   ├── RangeError             bytes asked for behind the end
    │   └── SettingsError          a setting, profile or lexicon that cannot be used
    ├── ModelError                 an engine or its weights are missing or unusable; exit status 2
    ├── EngineError                an engine failed while working; exit status 1
    ├── AccessError                whoever asks may not have what was asked
    │   ├── UnauthenticatedError   nobody knows who asks
    │   ├── ForbiddenError         it is known who asks, and that one may not
    │   └── TooManyRequestsError   too many requests in too short a time
    ├── JobsError                  the queue or a worker cannot do what was asked
    │   └── QueueFullError         too much is waiting already; try again later
    └── StoreError                 the store cannot do what was asked
        ├── NotFoundError          no such call, version or record, or not for this principal
        ├── ConflictError          it contradicts what is stored already
        ├── ErasedError            the call was erased; only its certificate is left
        ├── KeysError              a key is missing, unreadable or does not open what it should
        ├── DatabaseError          the database cannot be reached or written now; try again later
        ├── BlobMissingError       a stored recording is not where it should lie
        ├── LedgerError            the ledger cannot be written or is not whole; nothing is shown without it
        └── StoreVersionError      the database is older or newer than this program

A message says what is wrong, where, and how to mend it. It never carries personal data: no names, numbers or
quotes out of calls and applications, only file names, field paths and positions.
"""

from __future__ import annotations


class CallproofError(Exception):
    """Base of every error that callproof raises on purpose.

    `code` is stable and machine-readable; `exit_status` is what the command line ends with.
    """

    code = "error"
    exit_status = 1

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class InputError(CallproofError):
    """What was given cannot be used."""

    code = "bad_input"
    exit_status = 2


class RecordingError(InputError):
    """A recording cannot be read, decoded or used."""

    code = "bad_recording"


class TranscriptError(InputError):
    """A transcript does not have the shape of `callproof.transcript/1`."""

    code = "bad_transcript"


class ApplicationError(InputError):
    """An application does not have the shape of `callproof.application/1`."""

    code = "bad_application"


class ScriptError(InputError):
    """A call script cannot be spoken."""

    code = "bad_script"


class SettingsError(InputError):
    """A setting, profile or lexicon cannot be used."""

    code = "bad_settings"


class RangeError(InputError):
    """A range of bytes that begins behind the end of what has `size` bytes."""

    code = "bad_range"

    def __init__(self, size: int) -> None:
        super().__init__(f"Range: there are {size} bytes")
        self.size = size


class ModelError(CallproofError):
    """An engine or its weights are missing or unusable."""

    code = "bad_model"
    exit_status = 2


class EngineError(CallproofError):
    """An engine failed while working."""

    code = "engine_failed"


class AccessError(CallproofError):
    """Whoever asks may not have what was asked."""

    code = "no_access"
    exit_status = 2


class UnauthenticatedError(AccessError):
    """Nobody knows who asks: no key, no session, or neither is valid."""

    code = "unauthenticated"


class ForbiddenError(AccessError):
    """It is known who asks, and that one may not."""

    code = "forbidden"


class TooManyRequestsError(AccessError):
    """Too many requests in too short a time; `retry_after` says in how many seconds to try again."""

    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int = 60, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class JobsError(CallproofError):
    """The queue or a worker cannot do what was asked."""

    code = "jobs_failed"


class QueueFullError(JobsError):
    """Too much is waiting already: nothing was taken, try again in `retry_after` seconds."""

    code = "queue_full"
    retry_after = 30


class StoreError(CallproofError):
    """The store cannot do what was asked."""

    code = "store_failed"


class NotFoundError(StoreError):
    """No such call, version or record, or it is not for this principal to see."""

    code = "not_found"
    exit_status = 2


class ConflictError(StoreError):
    """What was asked contradicts what is stored already."""

    code = "conflict"
    exit_status = 2


class ErasedError(StoreError):
    """The call was erased; only its certificate in the ledger is left."""

    code = "erased"
    exit_status = 2


class KeysError(StoreError):
    """A key is missing, unreadable, or does not open what it should."""

    code = "bad_keys"
    exit_status = 2


class DatabaseError(StoreError):
    """The database cannot be reached or written now; the same may succeed later."""

    code = "database_unreachable"
    retry_after = 5


class BlobMissingError(StoreError):
    """A stored recording is not where this process looks for it: another folder, or lost."""

    code = "blob_missing"


class LedgerError(StoreError):
    """The ledger cannot be written or is not whole; personal data is not shown without it."""

    code = "ledger_failed"


class StoreVersionError(StoreError):
    """The database is older or newer than this program."""

    code = "store_version"
    exit_status = 2
