"""The taxonomy 诉求分类: four levels of classes, as data (C02, D4)."""
