//! What an opportunity adds to the totals.
