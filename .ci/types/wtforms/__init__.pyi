# What we use of WTForms, which comes without types: every field tells what its data is.
from wtforms.fields import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.form import Form

__all__ = [
    "BooleanField",
    "DateField",
    "Field",
    "FieldList",
    "Form",
    "FormField",
    "HiddenField",
    "IntegerField",
    "PasswordField",
    "RadioField",
    "SelectField",
    "SelectMultipleField",
    "StringField",
    "TextAreaField",
]
