package simapi

// partner picks one of the parties of the booking (or its visit) in hand.
func partner(pick func(w *world, booking int) int) func(*scope) int {
	return func(s *scope) int { return pick(s.w, s.index) }
}

func ownCompany(s *scope) int { return s.w.companyOf(s.w.customerOf(s.index)) }
func ownHead(s *scope) int    { return s.w.head(s.index) }

// firstRef is the booking's first ref in its brief form, null when it has none.
func firstRef(s *scope) {
	set := s.refs(s.index)
	for k := range refsEach {
		if set>>k&1 == 1 {
			s.object(kindReferenceCode, s.w.head(s.index)*refsEach+k, brief)
			return
		}
	}
	null(s)
}

// linkOnce writes an array, or for two in a hundred a link to it: older versions of the API did so.
func linkOnce(name string, array value) value { return either(2, link(name), array) }

// customer texts are copied into the booking when it is made, as the source does.
var (
	customerNotes        = changing(prose(900))
	companyInstructions  = maybe(35, prose(600))
	contactInstructions  = maybe(35, prose(700))
	customerInstructions = maybe(30, prose(450))
	requirementSet       = members(kindBookingCriteria, requirementsEach, view.requirements)
	refSet               = members(kindReferenceCode, refsEach, view.refs)
	invalidFieldSet      = upToSome(8, 3, one(invalidFieldNames...))
	ownStatus            = embed(kindBookingStatus, brief, statusOf)
)

// statusOf is a booking's status; its visit has the same.
func statusOf(s *scope) int {
	return upTo(s.w.roll("status", s.index, s.revision(kindBooking, s.index).n), fixedRoom(kindBookingStatus))
}

// consumerSet writes the consumers beside the first one, mostly none.
func consumerSet(s *scope) {
	s.buf = append(s.buf, '[')
	for _, consumer := range s.w.consumersOf(s.index) {
		s.object(kindConsumer, consumer, short)
		s.buf = append(s.buf, ',')
	}
	s.closeArray()
}

func locationLabel(s *scope) {
	there := s.scope(kindAddress, s.w.actualLocationOf(s.index))
	there.text = there.text[:0]
	streetLine(there)
	s.buf = appendString(s.buf, there.text)
}

func languageTag(s *scope) { s.string(languages[s.w.languageOf(s.index)].tag) }

// The list's and the booking's own form, first half.
var bookingFields = append([]field{
	{"id", id}, {"uri", self}, {"versionValue", version},
	{"accessCode", maybe(60, unlucky(code(8)))},
	{"accountingReference", maybe(20, code(10))},
	{"actualDurationHrs", changing(maybe(40, fraction(0, 12)))},
	{"actualDurationMins", changing(maybe(40, fraction(10, 700)))},
	{"actualEndDate", changing(maybe(40, after(endsAt, 0, hour)))},
	{"actualLocation", embed(kindAddress, short, partner((*world).actualLocationOf))},
	{"actualLocationDisplayLabel", locationLabel},
	{"actualStartDate", changing(maybe(40, after(startsAt, 0, hour)))},
	{"allOverriddenRequirements", either(8, overridden, emptyArray)},
	{"assignedBy", maybe(60, text(somebody))},
	{"assignedByUsername", maybe(60, text(account))},
	{"assignmentDate", maybe(60, after(bookedAt, hour, 3*day))},
	{"autoOfferBatchSizeFrequency", maybe(20, whole(1, 60))},
	{"autoVerifyDuration", yes(30)}, {"autoVerifyIncidentals", yes(20)},
	{"averageRating", changing(maybe(30, fraction(0, 5)))},
	{"billingCustomer", embed(kindCustomer, short, partner((*world).billingCustomerOf))},
	{"billingLocation", embed(kindAddress, short, partner((*world).billingLocationOf))},
	{"billingNotes", maybe(25, prose(300))},
	{"bookingDate", at(bookedAt)},
	{"bookingDetails", maybe(40, prose(300))},
	{"bookingMode", lookup(kindBookingMode, short)},
	{"bookingRequirements", link("bookingCriteria")},
	{"bookingTime", at(bookedAt)},
	{"cancellationDate", changing(maybe(15, after(bookedAt, hour, day)))},
	{"cancellationReason", changing(maybe(15, lookup(kindCancellationReason, short)))},
	{"client", embed(kindClient, short, partner((*world).clientOf))},
	{"company", embed(kindCompany, short, ownCompany)},
	{"companySpecialInstructions", companyInstructions},
	{"confirmationDate", maybe(50, after(bookedAt, day, 4*day))},
	{"consumer", maybe(15, embed(kindConsumer, short, func(s *scope) int { return upTo(s.next(), s.w.consumers) }))},
	{"consumerCount", maybe(20, whole(0, 9))},
	{"consumerCountEnabled", yes(20)},
	{"consumers", linkOnce("consumer", consumerSet)},
	{"contactArrivalDate", changing(maybe(25, after(startsAt, -hour, 0)))},
	{"contactLateMins", changing(maybe(15, whole(0, 90)))},
	{"contactRatePlan", maybe(12, embed(kindRatePlan, brief, contactPlanOf))},
	{"contactSpecialInstructions", contactInstructions},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)},
	{"currencyCode", one("GBP", "EUR", "AED", "PLN")},
	{"currencySymbol", maybe(60, one("£", "€", "د.إ", "zł"))},
	{"customConsumer", maybe(10, unlucky(text(somebody)))},
	{"customRequestor", maybe(10, unlucky(text(somebody)))},
	{"customer", embed(kindCustomer, short, partner((*world).customerOf))},
	{"customerBusinessUnit", maybe(20, lookup(kindBusinessUnit, short))},
	{"customerDurationOverrideHrs", maybe(15, fraction(0, 20))},
	{"customerNotes", customerNotes},
	{"customerRatePlan", maybe(12, embed(kindRatePlan, brief, customerPlanOf))},
	{"customerRatePlanAssociation", maybe(10, text(numbered("Association ")))},
	{"customerRatePlanOverride", maybe(10, text(numbered("Override ")))},
	{"customerRateZoneOverride", maybe(10, text(numbered("Zone ")))},
	{"customerSpecialInstructions", customerInstructions},
	{"defaultLanguage", embed(kindLanguage, short, func(*scope) int { return 0 })},
	{"disclaimerAccepted", maybe(60, yes(80))},
	{"disclaimerAcceptedDate", maybe(50, after(bookedAt, 0, day))},
	{"disclaimerAcceptedInitials", maybe(50, unlucky(code(2)))},
	{"durationOverrideHrs", maybe(15, fraction(0, 20))},
	{"employmentCategory", maybe(40, lookup(kindEmploymentCategory, short))},
	{"esignatureGracePeriod", maybe(20, whole(0, 72))}, {"esignatureRequired", yes(20)},
	{"excludeFromAutoOffer", maybe(60, yes(30))}, {"excludeFromJobOfferPool", maybe(60, yes(20))},
	{"expectedDurationHrs", hours}, {"expectedDurationMins", minutes},
	{"expectedEndDate", at(endsAt)}, {"expectedEndTime", at(endsAt)},
	{"expectedStartDate", at(startsAt)}, {"expectedStartTime", at(startsAt)},
	{"finalNotes", changing(maybe(15, prose(300)))},
	{"firstAssignmentDate", maybe(60, after(bookedAt, hour, 2*day))},
	{"firstConfirmationDate", maybe(50, after(bookedAt, day, 3*day))},
	{"firstOfferDate", maybe(80, after(bookedAt, 0, hour))}, {"firstOpenDate", maybe(60, after(bookedAt, 0, day))},
	{"flagForFinance", changing(yes(10))},
}, bookingFieldsFromG...)

// overridden is the first two of the booking's requirements.
func overridden(s *scope) {
	members(kindBookingCriteria, requirementsEach, func(v view, booking int) uint64 {
		all := v.requirements(booking)
		rest := all & (all - 1) & (all&(all-1) - 1) // without the two lowest
		return all &^ rest
	})(s)
}

func emptyArray(s *scope) { s.buf = append(s.buf, "[]"...) }

// The plans of a booking and its visit are the same.
func contactPlanOf(s *scope) int  { return upTo(s.w.roll("contact plan", s.index), 6) }
func customerPlanOf(s *scope) int { return 6 + upTo(s.w.roll("customer plan", s.index), 6) }
