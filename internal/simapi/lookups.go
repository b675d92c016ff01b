package simapi

// entry is a row of a lookup.
type entry struct{ name, key, description string }

// lookups are the small tables that the source keeps; ids count from 1 in each.
var lookups = map[kind][]entry{
	kindBusinessUnit:           {{"North", "north", "Northern region"}, {"Süd", "sued", "Region Süd"}, {"Legal", "legal", "Courts & tribunals"}},
	kindAssignmentTier:         {{"First choice", "t1", "Tier 1"}, {"Second choice", "t2", "Tier 2"}, {"Last resort", "t3", "Tier 3"}},
	kindBillingMethod:          {{"Per job", "job", "One invoice a job"}, {"Monthly", "monthly", "One invoice a month"}},
	kindBookingMode:            {{"In person", "inperson", "Face to face"}, {"Telephone (scheduled)", "phone", "By telephone"}, {"Video", "video", "By video link"}, {"Escrito / written", "written", "Translation"}},
	kindBookingStatus:          {{"New", "new", "Was just requested"}, {"Open", "open", "Awaits an interpreter"}, {"Assigned", "assigned", "An interpreter was found"}, {"Confirmed", "confirmed", "Both sides agreed"}, {"Closed", "closed", "Took place"}, {"Cancelled", "cancelled", "Will not take place"}},
	kindCancellationReason:     {{"Customer cancelled", "", "By the customer"}, {"No show", "", "Client absent"}, {"Météo", "", "Storm or snow"}},
	kindContactStatus:          {{"Active", "active", "Takes jobs"}, {"Paused", "paused", "Takes none now"}, {"Left", "left", "Takes none any more"}},
	kindContractType:           {{"Standard", "standard", "Standard terms"}, {"Framework", "frame", "Framework terms"}, {"Ad hoc", "adhoc", "Without contract"}},
	kindCurrencyCode:           {{"GBP", "GBP", "Pound sterling"}, {"EUR", "EUR", "Euro"}, {"AED", "AED", "UAE dirham"}, {"PLN", "PLN", "Złoty"}},
	kindCustomerStatus:         {{"Active", "active", ""}, {"On hold", "hold", "Does not pay"}, {"Closed", "closed", "Account closed"}},
	kindEmailType:              {{"Business", "B", "At work"}, {"Home", "H", "At home"}},
	kindEmploymentCategory:     {{"Freelance", "frl", "Self-employed"}, {"Employee", "emp", "On the payroll"}, {"Agency", "agy", "Through an agency"}},
	kindEmploymentCriteria:     {{"Background check", "", "A background check of at most two years of age"}, {"Legal experience", "", "Has worked in court"}, {"Own transport", "", "Comes by car"}, {"Same gender", "", "As the client asked"}, {"Vaccinated", "", "Required on wards"}, {"Schweigepflicht", "", "Hat unterschrieben"}, {"Mental health", "", "Has worked in psychiatry"}},
	kindEmploymentCriteriaType: {{"Certificate", "cert", "A paper"}, {"Experience", "exp", "A history"}, {"Trait", "trait", "A property"}},
	kindGender:                 {{"Female", "F", ""}, {"Male", "M", ""}, {"Any", "X", "No preference"}},
	kindIncidentalBehaviorType: {{"Pass through", "pass", "Charged as paid"}, {"Absorb", "absorb", "Not charged"}},
	kindInvoiceStatus:          {{"Not invoiced", "not_invoiced", "No invoice yet"}, {"Invoiced", "invoiced", "Invoice was sent"}, {"Credited", "credited", "Credit note was sent"}},
	kindNumberType:             {{"Mobile", "M", "Mobile phone"}, {"Business", "B", "Desk phone"}},
	kindOnDemandJobOfferMode:   {{"Never", "none", "Takes no jobs at once"}, {"By telephone", "phone", "Takes calls at once"}},
	kindOverflowType:           {{"", "none", "Stays with us"}, {"", "partner", "May go to a partner"}},
	kindPaymentMethod:          {{"EFT", "eft", "Electronic transfer"}, {"Cheque", "chq", "By post"}, {"Cash", "csh", "Petty cash"}},
	kindPaymentStatus:          {{"Not paid", "not_paid", "Nothing was paid"}, {"Paid", "paid", "Paid in full"}},
	kindRatePlanType:           {{"Interpreter", "contact", "What is paid"}, {"Customer", "customer", "What is charged"}},
	kindValidationStatus:       {{"Validated", "valid", "Known to the geocoder"}, {"Approximate", "approx", "Street only"}, {"Failed", "failed", "Not found"}},
	kindJobOfferStatus:         {{"Sent", "sent", "Awaits an answer"}, {"Accepted", "accepted", "Taken"}, {"Declined", "declined", "Not taken"}, {"Expired", "expired", "Never answered"}, {"Zurückgezogen", "withdrawn", "Taken back"}},
	kindIncidentalType:         {{"Mileage", "mileage", "Own car"}, {"Parking", "parking", "Car park"}, {"Train", "train", "Second class"}, {"Übernachtung", "hotel", "One night"}},
	kindYesNoType:              {{"Yes", "Y", ""}, {"No", "N", ""}},
}

func (s *scope) entry() entry { return lookups[s.kind][s.index] }

func entryName(s *scope) { s.string(s.entry().name) }

func entryDescription(s *scope) { s.string(s.entry().description) }

// entryKey is null for the kinds that have names only.
func entryKey(s *scope) {
	if key := s.entry().key; key != "" {
		s.string(key)
		return
	}
	null(s)
}

func localKey(s *scope) {
	s.text = append(s.text[:0], kinds[s.kind].name...)
	s.say(".")
	s.say(s.entry().key)
	s.buf = appendString(s.buf, s.text)
}

// byNumber is true for a lookup's first entry.
func byNumber(s *scope) { s.bool(s.index == 0) }

func ordinal(s *scope) { s.buf = appendInt(s.buf, int64(s.index+1)) }

var plainLookup = []field{
	{"description", entryDescription}, {"id", id}, {"name", entryName}, {"nameKey", entryKey}, {"uri", self},
}

var versionedLookup = []field{
	{"defaultOption", byNumber}, {"description", entryDescription}, {"id", id}, {"l10nKey", localKey}, {"name", entryName},
	{"nameKey", entryKey}, {"uri", self}, {"versionValue", whole(0, 3)},
}

var statusLookup = []field{
	{"defaultOption", either(50, byNumber, null)}, {"description", entryDescription}, {"id", id}, {"inOrder", ordinal},
	{"l10nKey", localKey}, {"message", maybe(60, text(numbered("Message ")))}, {"name", entryName}, {"nameKey", entryKey}, {"uri", self},
	{"versionValue", whole(0, 3)},
}

var overflowLookup = []field{
	{"description", entryDescription}, {"id", id}, {"nameKey", entryKey}, {"uri", self},
}

var criteriaLookup = []field{
	{"description", entryDescription}, {"id", id}, {"name", entryName}, {"presetCriteria", yes(50)},
	{"type", lookup(kindEmploymentCriteriaType, short)}, {"uri", self},
}
