from wtforms.form import Form

class DefaultMeta:
    def wrap_formdata(self, form: Form, formdata: object) -> object: ...
