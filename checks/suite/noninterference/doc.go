// Package noninterference finds pages that change for one account because others are there.
//
// What an account is shown must not depend on who else is logged in. The parts
// that a view's compare names are taken from each account alone, twice, and then
// in company. Where an account's own rows are gone and stand replaced by rows
// that exactly one other account showed alone, that account is named and it is
// a leak. Where the new rows are nobody's, it is suspect. No canary is needed.
//
// # How it happens
//
// As every mix of sessions does; this check finds it where nothing could be
// planted: certificates at Government24 in April 2024, my-page at Olive Young in
// February 2023, home addresses in Coupang's app in October 2021. Tests with one
// user at a time passed before each of them.
//
// # What counts as the same
//
// A part is a set of rows, a row is a list of cells; their order does not
// matter. A row is told by its telling cells: four letters or more, no account's
// name, not shown alone by two accounts, and not in a column that changes within
// a row while the account is alone. Digits, clock times and words such as
// "yesterday" are masked. What differs between the two looks alone is noise.
//
// Own rows that stay show that the page is one's own: rows that come with them
// are arrivals, and rows that leave are paged off, unless all that stay keep
// their places. New rows that two accounts are given are shared, such as a
// notice. A row is another's only if that account showed it in both looks alone,
// and somebody else looked later and was not shown it; a notice that changed
// between the looks of two accounts fails that test.
//
// Where the words are the same for all, long numbers tell: a page that shows
// none of its viewer's own cells with a number of five digits or more, and such
// cells of exactly one other account, is that account's. Numbers that only
// change are nothing.
//
// # What it cannot see
//
// Faults that mix already while each account is alone, such as a cache without
// the user in its key. Foreign rows among one's own. Accounts without a row of
// their own to lose. Values that differ between accounts in a few digits only,
// or have fewer than four letters. Views that were not looked at twice alone, so
// for each: peer only the pairs that met twice; their owners are not named.
package noninterference
