"""WeChat Pay and Alipay as a lender meets them: on the network, with keys of their own, written
after the vendors' published rules and knowing nothing of the adapters.
"""
