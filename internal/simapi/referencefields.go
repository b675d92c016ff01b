package simapi

// refHead is the booking that a ref belongs to, refPlace its place among the booking's refs.
func refHead(s *scope) int  { return s.index / refsEach }
func refPlace(s *scope) int { return s.index % refsEach }

func refCustomer(s *scope) int { return s.w.refCustomerOf(refHead(s), refPlace(s)) }
func refCompany(s *scope) int  { return s.w.companyOf(s.w.customerOf(refHead(s))) }
func refConfig(s *scope) int   { return s.w.configOf(refHead(s), refPlace(s)) }

// refName follows from the definition, so that the same ref has the same name in all bookings.
func refName(s *scope) { s.say(refNames[refConfig(s)%len(refNames)]) }

// refValue is what was filled in: the same in ref and referenceValue.
func refValue(s *scope) {
	h := mix(s.own("value") + uint64(s.rev.n))
	s.text = s.text[:0]
	switch h % 16 {
	case 0:
		s.sayOne(unluckyWords, h>>8)
	case 1:
		s.say("№ ")
		s.sayInt(h >> 32 % 100_000)
	default:
		s.say("R")
		s.sayInt(h >> 32)
		s.say("-")
		s.sayInt(h >> 20 % 1000)
	}
	s.buf = appendString(s.buf, s.text)
}

var referenceBrief = []field{
	{"description", maybe(15, prose(200))}, {"id", id}, {"name", text(refName)}, {"promote", yes(30)}, {"ref", refValue}, {"uri", self},
}

var referenceShort = []field{
	{"approved", maybe(20, yes(60))},
	{"autoComplete", maybe(50, embed(kindReferenceCodeAutoComplete, short, func(s *scope) int {
		return refConfig(s) % fixedRoom(kindReferenceCodeAutoComplete)
	}))},
	{"company", embed(kindCompany, short, refCompany)},
	{"config", embed(kindReferenceCodeConfig, short, refConfig)},
	{"consumer", maybe(8, embed(kindConsumer, short, func(s *scope) int { return upTo(s.next(), s.w.consumers) }))},
	{"customer", embed(kindCustomer, short, refCustomer)},
	{"dependent", maybe(10, text(somebody))}, {"dependentId", maybe(10, whole(1, 99_999))},
	{"description", maybe(15, prose(200))}, {"id", id}, {"name", text(refName)}, {"ref", refValue}, {"referenceValue", refValue},
	{"referenceValueUrl", null},
	{"superBooking", embed(kindSuperBooking, short, refHead)},
	{"uri", self}, {"versionValue", version},
}

// referenceDetail has the fields of both shorter forms.
var referenceDetail = append([]field{{"promote", yes(30)}}, referenceShort...)

var autoCompleteFields = []field{{"id", id}, {"uri", self}, {"uuid", uuid}}

var configFields = []field{
	{"allowFreeText", yes(50)}, {"consumerEnabled", yes(20)},
	{"customerId", maybe(50, idText(kindCustomer, func(s *scope) int { return s.index % s.w.customers }))},
	{"customerSpecific", yes(50)}, {"defaultValue", null}, {"enableDropdown", yes(40)}, {"id", id}, {"regEx", null},
	{"required", yes(40)}, {"selectField", yes(40)}, {"uri", self}, {"uuid", uuid}, {"visibleForInterpreters", yes(60)},
}

// requirementHead is the booking that a requirement belongs to.
func requirementHead(s *scope) int { return s.index / requirementsEach }

var requirementFields = []field{
	{"booking", null},
	{"company", embed(kindCompany, short, func(s *scope) int { return s.w.companyOf(s.w.customerOf(requirementHead(s))) })},
	{"config", maybe(10, embed(kindReferenceCodeConfig, short, func(s *scope) int { return s.w.configOf(requirementHead(s), 0) }))},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)},
	{"criteria", lookup(kindEmploymentCriteria, short)},
	{"dependent", maybe(10, text(somebody))}, {"dependentId", maybe(10, whole(1, 99_999))}, {"id", id},
	{"lastModifiedBy", changing(text(account))}, {"lastModifiedDate", at(modifiedAt)},
	{"optional", changing(maybe(30, yes(50)))}, {"required", changing(maybe(60, yes(60)))},
	{"superBooking", embed(kindSuperBooking, short, requirementHead)},
	{"syncUuid", maybe(20, uuid)}, {"uri", self}, {"uuid", uuid}, {"versionValue", version},
}

var superBookingFields = []field{{"id", id}, {"uri", self}, {"uuid", uuid}}
