"""Papers that say what is paid: issued on the instant a plan is completed, withdrawn where money is
taken back.
"""
