"""What waits at the desk: lists with tabs and clocks, how much there is, which case comes next."""
