package simapi

import "strconv"

// phrase appends text to the scope's scratch.
type phrase func(*scope)

// text writes a phrase as a string.
func text(p phrase) value {
	return func(s *scope) {
		s.text = s.text[:0]
		p(s)
		s.buf = appendString(s.buf, s.text)
	}
}

// unlucky writes, for a few, a text that careless code takes for something else.
func unlucky(v value) value { return either(6, one(unluckyWords...), v) }

func (s *scope) say(words string) { s.text = append(s.text, words...) }

func (s *scope) sayOne(from []string, h uint64) { s.say(from[upTo(h, len(from))]) }

func (s *scope) sayInt(n uint64) { s.text = strconv.AppendUint(s.text, n, 10) }

// firstName and lastName are those of the person that the resource is, so that its names agree in every field.
func firstName(s *scope) { s.sayOne(firstNames, s.own("first name")) }
func lastName(s *scope)  { s.sayOne(lastNames, s.own("last name")) }

func fullName(s *scope) {
	firstName(s)
	s.say(" ")
	lastName(s)
}

func lastNameFirst(s *scope) {
	lastName(s)
	s.say(", ")
	firstName(s)
}

// somebody is any person, another for every field.
func somebody(s *scope) {
	s.sayOne(firstNames, s.next())
	s.say(" ")
	s.sayOne(lastNames, s.next())
}

// organisation is the resource's own name.
func organisation(s *scope) {
	h := s.own("organisation")
	s.sayOne(organisations, h)
	s.say(" ")
	s.sayInt(h >> 32 % 1000)
}

func account(s *scope) {
	s.say("user")
	s.sayInt(s.next() % 400)
	s.say("@agency.example")
}

// ownEmail is the address of the person that the resource is.
func ownEmail(s *scope) {
	s.say("p")
	s.sayInt(uint64(s.id))
	s.say("@mail.example")
}

func phone(s *scope) {
	s.say("+44 20 7946 0")
	s.sayInt(100 + s.next()%900)
}

func website(s *scope) {
	s.say("https://www.example.test/")
	s.sayInt(uint64(s.id))
}

func numbered(words string) phrase {
	return func(s *scope) {
		s.say(words)
		s.sayInt(1 + s.next()%97)
	}
}

func reference(s *scope) {
	s.say("REF-")
	s.sayInt(s.next() % 1_000_000)
	s.say("/")
	s.sayInt(s.next() % 100)
}

// ownCity is the town of an address.
func (s *scope) ownCity() city { return cities[upTo(s.own("city"), len(cities))] }

func inCity(part func(city) string) phrase {
	return func(s *scope) { s.say(part(s.ownCity())) }
}

// streetLine is an address as it was typed.
func streetLine(s *scope) {
	h := s.own("street")
	s.sayInt(1 + h>>32%250)
	s.say(" ")
	s.sayOne(streets, h)
	s.say(", ")
	s.say(s.ownCity().town)
}

// formatted is an address as a geocoder spells it.
func formatted(s *scope) {
	streetLine(s)
	c := s.ownCity()
	for _, part := range []string{c.county, c.postcode, c.country} {
		s.say(", ")
		s.say(part)
	}
}

// prose writes notes of up to so many bytes, most of them short. One in ten is spelled in ASCII with escapes.
func prose(most int) value {
	return func(s *scope) {
		h := s.next()
		s.text = s.text[:0]
		s.paragraph(h, 40+min(upTo(h, most), upTo(mix(h), most)), most)
		if h>>20%10 == 0 {
			s.buf = appendEscaped(s.buf, s.text)
			return
		}
		s.buf = appendString(s.buf, s.text)
	}
}

// paragraph says sentences until enough bytes are said, and never more than most.
func (s *scope) paragraph(h uint64, enough, most int) {
	for len(s.text) < enough {
		h = mix(h)
		sentence := sentences[upTo(h, len(sentences))]
		if len(s.text)+len(sentence) > most {
			return
		}
		s.say(sentence)
	}
}
