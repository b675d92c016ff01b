package simapi

var ratePlanBrief = []field{
	{"description", text(planName)}, {"durationOverrideHrs", null}, {"id", id}, {"message", null}, {"name", text(planName)},
	{"nameKey", null}, {"rateOverride", null}, {"uri", self}, {"uuid", uuid},
}

func planName(s *scope) {
	s.say("Plan ")
	s.sayInt(uint64(s.index + 1))
	s.say(" · ставка")
}

var ratePlanFull = []field{
	{"active", yes(90)}, {"automaticMileage", null}, {"billActuals", yes(50)}, {"billFromArrivalTime", null},
	{"billHoursFlatRate", null}, {"billHoursUsing", null}, {"billMinimumCancellation", yes(50)}, {"cancelFees", link("fee")},
	{"company", embed(kindCompany, short, func(s *scope) int { return s.index % 3 })},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)}, {"deductions", link("deduction")}, {"defaultRatePlan", yes(20)},
	{"description", text(planName)}, {"durationOverrideHrs", null}, {"enableCliffs", yes(20)}, {"enableOvernightNight", yes(20)},
	{"enableVolumePricing", null}, {"id", id}, {"inPersonOffPeak", null}, {"inPersonPeak", null},
	{"languageTiers", link("languageTier")}, {"lastModifiedBy", text(account)}, {"lastModifiedDate", at(modifiedAt)},
	{"maxMileage", null}, {"message", null}, {"mileage", fraction(0, 3)}, {"mileageOffPeak", null}, {"mileagePeak", null},
	{"mileagePointToPointEnabled", null}, {"mileagePointToPointThresholdMins", null}, {"mileageThreshold", fraction(0, 50)},
	{"mileageThresholdOffPeak", null}, {"mileageThresholdPeak", null}, {"minHoursInPersonOffPeak", null},
	{"minHoursInPersonPeak", null}, {"minHoursPhoneOffPeak", null}, {"minHoursPhonePeak", null}, {"minMileage", null},
	{"miscellaneousFees", link("fee")}, {"name", text(planName)}, {"nameKey", null}, {"override", yes(20)},
	{"passThroughBillingIncrementsEnabled", yes(20)}, {"passThroughCliffMinutesEnabled", yes(20)},
	{"passThroughIncidentalBehaviorType", lookup(kindIncidentalBehaviorType, short)},
	{"passThroughMinimumDurationsEnabled", yes(20)}, {"passThroughRatesEnabled", null}, {"payMileageInFull", yes(20)},
	{"phoneOffPeak", null}, {"phonePeak", null}, {"prorateUnitIncrements", yes(20)}, {"rateOverride", null},
	{"regionalDefault", yes(20)}, {"regions", link("region")}, {"roundNearestNeighbor", yes(20)}, {"splitCharges", yes(20)},
	{"travelBillingIncrement", null}, {"travelBillingIncrementEnabled", null}, {"type", lookup(kindRatePlanType, short)},
	{"unitIncInPerson", fraction(1, 30)}, {"unitIncInPersonOffPeak", null}, {"unitIncInPersonPeak", null},
	{"unitIncPhone", fraction(1, 30)}, {"unitIncPhoneOffPeak", null}, {"unitIncPhonePeak", null},
	{"unitIncVideo", fraction(1, 30)}, {"uri", self}, {"useCustomerAccountsClassification", null},
	{"useInterpreterRates", yes(20)}, {"usePassThroughRateZone", yes(20)}, {"uuid", uuid}, {"versionValue", version},
}

// tongue is a language with its three letters.
type tongue struct{ name, tag string }

// languages lists the commonest first: the first is everybody's default.
var languages = []tongue{
	{"English", "eng"}, {"Arabic", "ara"}, {"Mandarin", "cmn"}, {"Polish", "pol"}, {"Spanish", "spa"}, {"Ukrainian", "ukr"},
	{"Kurdish (Sorani)", "ckb"}, {"Sign (British)", "bfi"}, {"Tigrinya", "tir"}, {"Vietnamese", "vie"}, {"Farsi", "pes"},
	{"Romanian", "ron"}, {"Punjabi", "pan"}, {"Dari", "prs"}, {"Albanian", "sqi"}, {"Português", "por"}, {"Türkçe", "tur"}, {"中文(粵語)", "yue"},
}

func languageName(s *scope) { s.string(languages[s.index].name) }

var languageFields = []field{
	{"bpinOpiEnabled", maybe(60, yes(50))}, {"bpinVriEnabled", maybe(60, yes(50))}, {"description", languageName},
	{"displayName", languageName}, {"id", id}, {"isSign", yes(10)}, {"iso639_3Tag", maybe(80, ownTag)}, {"mmisCode", maybe(40, code(2))},
	{"opiEnabled", yes(60)}, {"partnerConnectLanguage", maybe(85, embed(kindPartnerConnectLanguage, short, sameIndex))},
	{"subtag", ownTag}, {"uri", self}, {"vriEnabled", yes(60)},
}

func ownTag(s *scope) { s.string(languages[s.index].tag) }

var partnerLanguageFields = []field{
	{"bpinCode", maybe(60, code(8))}, {"bpinId", maybe(60, whole(1, 400))}, {"category", maybe(60, one("common", "rare"))}, {"id", id},
	{"languageName", languageName}, {"primaxisCode", null}, {"propioId", maybe(60, whole(1, 400))},
	{"propioOpiEnabled", maybe(60, yes(50))}, {"propioVriEnabled", null}, {"uri", self}, {"versionValue", version},
}

// namedFields are those of a company and of an integration.
var namedFields = []field{
	{"description", text(numbered("Société № "))}, {"id", id}, {"name", text(organisation)}, {"uri", self}, {"uuid", uuid},
}
