// Package house holds the rules of the house as tests: who may import whom, how long a function may be, that
// everything exported is documented. There is nothing in it to import.
package house
