"""Side actions (侧向动作): urge, supplement, withdraw, extend, link, note and the answer to supervising, each a small process."""
