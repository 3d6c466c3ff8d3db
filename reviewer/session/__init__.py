"""The shell around a review: what is reviewed, by whom, and how it goes on from what was reviewed before."""
