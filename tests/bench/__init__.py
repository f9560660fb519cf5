"""What our own work costs beside the bare baseline of the same work, both measured in the same
run.
"""
