//! Observations per axis, where 「変わらず」 and 「わからない」 are answers.
