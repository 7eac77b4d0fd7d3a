"""Hub: the data set as it is published, and what others publish their results with."""
