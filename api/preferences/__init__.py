"""What a person has chosen for themselves (个人设置), remembered wherever they log in."""
