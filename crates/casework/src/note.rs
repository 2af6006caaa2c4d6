//! Notes: draft → 確定 → 訂正 with a reason. Blocks carry whose words about whom, and whether they may be shared.
