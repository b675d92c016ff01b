package simapi

// The items of a booking's collections were never captured: their fields are invented after those of other resources.

// itemsBooking is the booking that an item belongs to.
func itemsBooking(s *scope) int { return s.index / items[s.kind].each }

func itemStart(s *scope) int64 { return s.w.start(itemsBooking(s)) }

func offeredTo(s *scope) int { return upTo(s.own("offered to"), s.w.contacts) }

var jobOfferFields = []field{
	{"accepted", changing(maybe(70, yes(30)))}, {"active", changing(yes(60))},
	{"batchNumber", whole(1, 9)},
	{"company", embed(kindCompany, short, func(s *scope) int { return s.w.companyOf(s.w.customerOf(itemsBooking(s))) })},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)},
	{"declineReason", changing(maybe(20, prose(80)))}, {"description", maybe(40, prose(120))},
	{"distanceKm", maybe(70, fraction(0, 300))}, {"id", id},
	{"interpreter", embed(kindContact, short, offeredTo)},
	{"lastModifiedBy", changing(text(account))}, {"lastModifiedDate", at(modifiedAt)},
	{"name", text(numbered("Offer № "))}, {"notes", changing(maybe(20, prose(200)))},
	{"offerDate", after(itemStart, -4*day, -day)}, {"responseDate", changing(maybe(60, after(itemStart, -day, 0)))},
	{"rate", maybe(80, fraction(18, 70))},
	{"status", changing(lookup(kindJobOfferStatus, short))}, {"uri", self}, {"uuid", uuid}, {"versionValue", version},
}

var incidentalFields = []field{
	{"active", yes(95)}, {"amount", changing(fraction(1, 400))}, {"approved", changing(maybe(50, yes(80)))},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)}, {"currencyCode", one("GBP", "EUR", "AED", "PLN")},
	{"description", maybe(70, prose(150))}, {"id", id},
	{"lastModifiedBy", changing(text(account))}, {"lastModifiedDate", at(modifiedAt)},
	{"name", maybe(90, text(numbered("Dépense ")))}, {"quantity", maybe(60, fraction(1, 90))}, {"receipt", maybe(30, text(website))},
	{"type", lookup(kindIncidentalType, short)}, {"uri", self}, {"uuid", uuid}, {"versionValue", version},
}

var sessionFields = []field{
	{"active", yes(50)}, {"createdDate", at(createdAt)}, {"description", null}, {"durationMins", changing(maybe(80, fraction(5, 240)))},
	{"endDate", changing(maybe(80, after(itemStart, hour, 4*hour)))}, {"id", id},
	{"lastModifiedDate", at(modifiedAt)}, {"name", text(numbered("Room "))},
	{"participants", upToSome(90, 4, text(somebody))}, {"recorded", yes(20)}, {"sessionKey", code(32)},
	{"startDate", maybe(90, after(itemStart, -hour, hour))},
	{"status", changing(one("CREATED", "RUNNING", "ENDED", "FAILED"))}, {"uri", self}, {"uuid", uuid}, {"versionValue", version},
}
