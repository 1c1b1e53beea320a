// Package lookup finds entries of a long list by what a person types: the
// beginnings of words in any order, in any letter case, with umlauts or without
// ("Köln", "Koeln", "Koln"), with accents or without. Where no word begins so it
// takes words that hold the letters ("recht" in "Familienrecht"), and then words
// with one slip of typing.
//
// An Index is built once and never changes. The same question always has the
// same answer.
package lookup
