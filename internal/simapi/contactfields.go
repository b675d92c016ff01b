package simapi

// A contact is an interpreter.
var contactShort = []field{
	{"displayName", text(lastNameFirst)}, {"id", id}, {"name", text(fullName)},
	{"paymentMethod", maybe(70, embed(kindPaymentMethod, short, methodOf))},
	{"primaryEmail", embed(kindEmail, short, sameIndex)}, {"primaryNumber", embed(kindNumber, short, sameIndex)},
	{"timeZone", zoneName}, {"timeZoneDisplayName", zoneShort}, {"uri", self}, {"uuid", uuid},
}

func methodOf(s *scope) int { return upTo(s.own("method"), fixedRoom(kindPaymentMethod)) }

var contactDetail = append([]field{
	{"accountingReference", code(7)}, {"activationDate", maybe(60, after(createdAt, day, 90*day))}, {"active", changing(yes(90))},
	{"activeNote", changing(prose(257))}, {"addresses", link("address")},
	{"assignmentTier", changing(lookup(kindAssignmentTier, short))}, {"availability", maybe(50, one("Mon–Fri 9–17", "evenings only"))},
	{"bankAccount", maybe(60, code(8))}, {"bankAccountDescription", maybe(30, text(numbered("Girokonto ")))},
	{"bankAccountReference", maybe(30, text(reference))}, {"bankBranch", maybe(40, text(numbered("Branch ")))},
	{"businessUnit", null}, {"cleanUp", yes(10)}, {"cleanUpReasons", null},
	{"company", embed(kindCompany, short, func(s *scope) int { return s.index % 3 })},
	{"companyName", maybe(30, text(organisation))}, {"contactTypes", link("contactType")},
	{"countryOfNationality", null}, {"countryOfOrigin", maybe(50, one("ALB", "CHN", "SYR"))},
	{"countryOfResidence", one("GBR", "DEU", "USA")},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)},
	{"currencyCode", maybe(80, either(80, lookup(kindCurrencyCode, short), one("GBP", "EUR")))},
	{"currencySymbol", maybe(60, one("£", "€", "zł"))}, {"dateOfBirth", null},
	{"datePhotoSentToInterpreter", after(createdAt, day, 90*day)}, {"datePhotoSentToPrinter", after(createdAt, day, 90*day)},
	{"disableAutoOffers", yes(20)}, {"disableCloseReminder", null}, {"disableConfirmReminder", null},
	{"disableConfirmationEmails", yes(20)}, {"disableOfferEmails", yes(20)}, {"disableUpcomingReminder", null},
	{"document", embed(kindDocument, short, sameIndex)},
	{"eft", maybe(60, lookup(kindYesNoType, short))}, {"emails", link("email")},
	{"employmentCategory", lookup(kindEmploymentCategory, short)},
	{"employmentEligibilities", link("employmentEligibility")},
	{"enableAllServices", yes(60)}, {"ethnicity", null}, {"experience", null},
	{"firstName", text(firstName)}, {"gender", lookup(kindGender, short)},
	{"hasChildren", maybe(60, yes(40))}, {"hasTransportation", maybe(60, yes(60))},
	{"iban", maybe(40, text(iban))},
	{"id", id}, {"inductionDate", maybe(40, after(createdAt, day, 60*day))},
	{"iolNrcpdNumber", maybe(30, code(9))}, {"isSynchronized", yes(50)}, {"isSynchronizedManually", yes(20)},
	{"jobOffers", link("jobOffer")}, {"languageMappings", link("languageMapping")},
}, contactDetailFromL...)

var contactDetailFromL = []field{
	{"lastJobClosedDate", changing(after(createdAt, 90*day, 900*day))}, {"lastKnownGeoLocation", null},
	{"lastModifiedBy", changing(text(account))}, {"lastModifiedDate", at(modifiedAt)}, {"lastName", text(lastName)},
	{"lastSynchronizedDate", changing(after(createdAt, day, 900*day))}, {"middleName", maybe(30, one("Ann", "de la", "van 't", "بن"))},
	{"name", text(fullName)}, {"nickName", maybe(30, unlucky(text(firstName)))},
	{"notes", changing(maybe(60, prose(400)))}, {"numbers", link("number")},
	{"onDemandJobOfferMode", lookup(kindOnDemandJobOfferMode, short)},
	{"originalStartDate", maybe(50, after(createdAt, -900*day, 0))},
	{"outOfOffice", changing(yes(20))}, {"outOfOfficeSince", changing(maybe(30, after(createdAt, 0, 900*day)))},
	{"paymentAccount", null}, {"paymentMethod", maybe(70, embed(kindPaymentMethod, brief, methodOf))},
	{"reActivationDate", maybe(30, after(createdAt, 90*day, 900*day))}, {"recruiterName", text(somebody)},
	{"refereeSourceName", maybe(30, text(somebody))}, {"referralSource", maybe(30, one("Fair", "Friend", "Université"))},
	{"region", one("North West", "Île-de-France", "长三角")},
	{"registeredTax", yes(30)}, {"registeredTaxId", null}, {"registeredTaxIdDescription", null}, {"registeredTaxRate", null},
	{"routingPstn", yes(30)}, {"salutation", maybe(50, one("Ms", "Mr", "Dr"))}, {"searchRadius", changing(maybe(40, whole(5, 200)))},
	{"services", link("companyService")}, {"sortCode", maybe(40, code(6))},
	{"status", changing(lookup(kindContactStatus, short))}, {"suffix", null}, {"swift", maybe(40, code(11))}, {"syncUuid", null},
	{"taleoId", maybe(30, code(12))}, {"timeZone", zoneName}, {"untilStatusDate", null},
	{"uri", self}, {"uuid", uuid}, {"versionValue", version}, {"website", maybe(30, text(website))},
}

// iban is of a country that there is not.
func iban(s *scope) {
	s.say("XX")
	for range 5 {
		s.sayInt(1000 + s.next()%9000)
	}
}

var emailFields = []field{
	{"addressVerified", null}, {"createdBy", text(account)}, {"createdDate", at(createdAt)}, {"dateVerified", null},
	{"emailAddress", text(ownEmail)}, {"id", id},
	{"lastModifiedBy", text(account)}, {"lastModifiedDate", at(modifiedAt)}, {"primaryEmail", yes(100)},
	{"type", lookup(kindEmailType, short)}, {"uri", self}, {"uuid", uuid}, {"versionValue", version},
}

var numberFields = []field{
	{"areaCode", null}, {"countryCode", null}, {"createdBy", text(account)}, {"createdDate", at(createdAt)}, {"id", id},
	{"lastModifiedBy", text(account)}, {"lastModifiedDate", at(modifiedAt)}, {"number", null}, {"numberFormatted", null},
	{"parsedNumber", text(phone)}, {"primaryNumber", yes(100)}, {"type", lookup(kindNumberType, short)}, {"uri", self},
	{"uuid", uuid}, {"versionValue", version},
}

var documentFields = []field{
	{"FQPath", text(numbered("/photos/of/interpreters/"))}, {"description", null}, {"id", id}, {"uri", self}, {"uuid", uuid},
}
