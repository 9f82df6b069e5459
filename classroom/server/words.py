"""Plain words that sound unlike one another, for codes that are read out to a class."""

from __future__ import annotations

_TEXT = """
    acorn album almond amber anchor apple april arrow aspen autumn badge bagel ballet bamboo banana
    barley basil basket beach beacon beaver berry birch bishop bison blossom bottle branch breeze bridge
    bronze brook brush bucket butter button cabin cactus camel candle canoe canyon carbon carpet carrot
    castle cedar cello cherry chess circle citrus cloud clover cobalt coconut comet copper coral cotton
    cradle crane crayon cricket crystal curry cypress daisy daylight desert diamond dolphin donkey
    dragon drum eagle easel ember engine falcon feather fern ferry fiddle finch flame flower forest
    fossil fountain fox galaxy garden garlic gecko ginger glacier globe granite grape gravel guitar
    hammer harbor harvest hazel helmet heron hickory hill honey horizon island ivory jacket jasmine
    jelly jungle juniper kayak kettle kitten ladder lagoon lantern laurel lemon lentil lilac lily linen
    lion lobster lotus magnet mango maple marble meadow melon meteor mint mirror mitten monkey moon
    mosaic mountain muffin museum nectar needle nest nutmeg oak oasis ocean olive onion orange orbit
    orchid otter oyster paddle panda panther paper parrot peach peanut pearl pebble pelican pencil
    pepper piano pigeon pillow pine planet plum pocket pond poplar poppy potato prairie puffin pumpkin
    quartz quilt rabbit radish rain raven reef ribbon river robin rocket rose ruby saddle saffron sage
    salmon sand sapphire sesame shadow shell silver sparrow spinach spring spruce squirrel star stone
    storm sugar summer sunset swallow swan table tango teapot temple thistle thunder tiger timber tomato
    topaz tulip tundra turnip turtle valley vanilla velvet violet violin walnut water whale wheat willow
    winter wolf wren yellow zebra zephyr
"""
WORDS: tuple[str, ...] = tuple(_TEXT.split())
"""256 of them: two and a number of two digits make 5.9 million codes."""
