//! 開示請求: line by line, with the ground for each withheld line.
