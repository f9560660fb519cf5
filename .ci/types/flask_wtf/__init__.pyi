# What we use of Flask-WTF, which comes without types.
from flask_wtf.csrf import CSRFProtect
from flask_wtf.form import FlaskForm

__all__ = ["CSRFProtect", "FlaskForm"]
