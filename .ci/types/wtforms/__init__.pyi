# What we use of WTForms, which comes without types: every field tells what its data is.
from wtforms.fields import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.form import Form

__all__ = [
    "BooleanField",
    "DateField",
    "Field",
    "Form",
    "HiddenField",
    "PasswordField",
    "RadioField",
    "SelectField",
    "StringField",
    "TextAreaField",
]
