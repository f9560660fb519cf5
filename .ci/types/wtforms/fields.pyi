from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

class Field:
    name: str
    errors: Sequence[str]
    raw_data: Sequence[Any] | None
    data: Any
    widget: Any
    def __init__(
        self,
        label: str | None = None,
        validators: Sequence[Callable[[Any, Any], object]] | None = None,
        filters: Sequence[Callable[[Any], object]] = (),
        *,
        default: object = None,
        name: str | None = None,
    ) -> None: ...
    def process_formdata(self, valuelist: list[Any]) -> None: ...
    def pre_validate(self, form: Any) -> None: ...

class StringField(Field):
    data: str | None

class HiddenField(StringField): ...
class PasswordField(StringField): ...
class TextAreaField(StringField): ...

class BooleanField(Field):
    data: bool

class IntegerField(Field):
    data: int | None

class DateField(Field):
    data: date | None

@dataclass
class SelectChoice:
    value: str
    label: str
    render_kw: dict[str, Any] = field(default_factory=dict)
    optgroup: str | None = None

class SelectField(Field):
    data: str | None
    choices: list[SelectChoice]
    def __init__(
        self,
        label: str | None = None,
        validators: Sequence[Callable[[Any, Any], object]] | None = None,
        *,
        choices: list[SelectChoice] | None = None,
        validate_choice: bool = True,
        default: str | None = None,
    ) -> None: ...

class SelectMultipleField(Field):
    data: list[str] | None
    choices: list[SelectChoice]
    def __init__(
        self,
        label: str | None = None,
        validators: Sequence[Callable[[Any, Any], object]] | None = None,
        *,
        choices: list[SelectChoice] | None = None,
    ) -> None: ...

class RadioField(SelectField): ...

class FormField(Field):
    form: Any
    def __init__(self, form_class: type[Any]) -> None: ...

class FieldList(Field):
    def __init__(
        self, unbound_field: Field, *, min_entries: int = 0, max_entries: int | None = None
    ) -> None: ...
    def append_entry(self) -> Field: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...
