package simapi

var customerShort = []field{
	{"contractType", embed(kindContractType, short, contractOf)},
	{"displayName", text(organisation)}, {"id", id}, {"name", text(organisation)}, {"uri", self}, {"uuid", uuid},
}

func contractOf(s *scope) int { return upTo(s.own("contract"), fixedRoom(kindContractType)) }

func customersCompany(s *scope) int { return s.w.companyOf(s.index) }

// person picks an account manager or executive, who is a string or an object.
var person = either(50, text(somebody), embed(kindPerson, short, func(s *scope) int {
	return upTo(s.next(), fixedRoom(kindPerson))
}))

var customerDetail = []field{
	{"accessCode", maybe(40, code(8))}, {"accountExecutive", changing(maybe(60, person))},
	{"accountManager", changing(maybe(70, person))},
	{"accountingReference", code(7)}, {"accountingSickLeaveCode", maybe(30, code(6))},
	{"addresses", link("address")}, {"billingAccount", maybe(40, code(12))}, {"billingAddresses", link("address")},
	{"billingMethod", maybe(60, either(50, one("Per job", "Monthly"), lookup(kindBillingMethod, short)))},
	{"businessUnit", maybe(30, lookup(kindBusinessUnit, short))},
	{"company", embed(kindCompany, short, customersCompany)},
	{"companySpecialInstructions", maybe(60, prose(600))},
	{"config", embed(kindCustomerConfig, short, sameIndex)},
	{"consumers", link("consumer")}, {"contactName", maybe(50, text(somebody))},
	{"contactSpecialInstructions", maybe(60, prose(900))},
	{"contacts", link("contactPerson")},
	{"contractType", embed(kindContractType, brief, contractOf)},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)},
	{"customerCategories", link("customerCategory")}, {"customerInsuranceType", null},
	{"customerSpecialInstructions", changing(maybe(50, prose(450)))}, {"customerType", null},
	{"emails", link("email")}, {"enableAllServices", yes(60)},
	{"id", id},
	{"integration", maybe(20, embed(kindIntegration, short, func(s *scope) int { return upTo(s.next(), 4) }))},
	{"isSynchronized", yes(50)}, {"isSynchronizedManually", yes(20)},
	{"lastModifiedBy", changing(text(account))}, {"lastModifiedDate", at(modifiedAt)},
	{"lastSynchronizedDate", changing(maybe(60, after(createdAt, day, 400*day)))},
	{"name", text(organisation)}, {"notes", changing(prose(1500))}, {"numbers", link("number")},
	{"parentAccountingReference", text(numbered("PARENT-"))}, {"parentName", maybe(40, text(numbered("Groupe № ")))},
	{"paymentDaysDue", changing(whole(7, 90))}, {"paymentTerms", changing(one("7 days", "30 days", "60 days", "à vue"))},
	{"purchaseOrderNumber", maybe(40, unlucky(code(10)))},
	{"services", link("companyService")},
	{"status", changing(either(70, embed(kindCustomerStatus, short, func(*scope) int { return 0 }), lookup(kindCustomerStatus, short)))},
	{"syncUuid", null}, {"umbrellaNumber", maybe(40, code(6))},
	{"uri", self}, {"uuid", uuid}, {"versionValue", version}, {"website", maybe(50, text(website))},
}

var customerConfigFields = []field{{"id", id}, {"uri", self}, {"uuid", uuid}}

var personFields = []field{
	{"id", id}, {"name", text(fullName)}, {"email", text(ownEmail)}, {"uri", self}, {"uuid", uuid},
}

var clientShort = []field{
	{"displayName", text(organisation)}, {"id", id}, {"name", text(organisation)}, {"uri", self}, {"uuid", uuid},
}

func clientsCustomer(s *scope) int { return s.index % s.w.customers }

var clientDetail = []field{
	{"accessCode", maybe(50, code(4))}, {"accountingReference", code(7)}, {"accountingSickLeaveCode", null}, {"active", yes(90)},
	{"businessUnit", null}, {"clientCategory", null}, {"clientType", null},
	{"company", embed(kindCompany, short, func(s *scope) int { return s.w.companyOf(clientsCustomer(s)) })},
	{"companySpecialInstructions", null}, {"contactEmail", maybe(50, text(account))}, {"contactPerson", maybe(50, text(somebody))},
	{"contactPhone", maybe(50, text(phone))}, {"contactSpecialInstructions", null},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)},
	{"customer", embed(kindCustomer, short, clientsCustomer)},
	{"customerSpecialInstructions", null}, {"id", id}, {"integration", null},
	{"lastModifiedBy", text(account)}, {"lastModifiedDate", at(modifiedAt)},
	{"name", text(organisation)}, {"notes", maybe(60, prose(255))}, {"syncUuid", null}, {"uri", self}, {"uuid", uuid},
	{"versionValue", version},
}

var consumerFields = []field{
	{"displayName", text(lastNameFirst)}, {"id", id}, {"name", text(fullName)}, {"uri", self}, {"uuid", uuid},
}
