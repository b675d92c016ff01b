package simapi

import "strings"

// kind is a kind of resource, the word in its path.
type kind uint8

const (
	kindBooking kind = iota
	kindVisit
	kindSuperBooking
	kindReferenceCode
	kindBookingCriteria
	kindCustomer
	kindCustomerConfig
	kindClient
	kindConsumer
	kindRequestor
	kindAddress
	kindContact
	kindEmail
	kindNumber
	kindDocument
	kindReferenceCodeConfig
	kindReferenceCodeAutoComplete
	kindRatePlan
	kindLanguage
	kindPartnerConnectLanguage
	kindCompany
	kindIntegration
	kindPerson // an account manager or executive
	kindAuthRole
	// From here on the contents stand in the table lookups.
	kindBusinessUnit
	kindAssignmentTier
	kindBillingMethod
	kindBookingMode
	kindBookingStatus
	kindCancellationReason
	kindContactStatus
	kindContractType
	kindCurrencyCode
	kindCustomerStatus
	kindEmailType
	kindEmploymentCategory
	kindEmploymentCriteria
	kindEmploymentCriteriaType
	kindGender
	kindIncidentalBehaviorType
	kindInvoiceStatus
	kindNumberType
	kindOnDemandJobOfferMode
	kindOverflowType
	kindPaymentMethod
	kindPaymentStatus
	kindRatePlanType
	kindValidationStatus
	kindYesNoType
	kindJobOfferStatus
	kindIncidentalType
	// What only collections hold stands last: a kind's place is part of what its fields are drawn from.
	kindJobOffer
	kindIncidental
	kindVideoSession
	kindCount
)

// A booking has room for so many of what belongs to it alone; the id of one says whose it is. Job offers may need a second page.
const (
	refsEach         = 16
	requirementsEach = 12
	jobOffersEach    = 48
	incidentalsEach  = 8
	sessionsEach     = 4
)

// info is a kind's name in paths and the id of its number 0; ids count up by one. Id spaces overlap between kinds,
// as they do in the source: an id means nothing without its kind.
type info struct {
	name string
	base int64
}

var kinds = [kindCount]info{
	kindBooking:                   {"booking", 840_001},
	kindVisit:                     {"visit", 830_001},
	kindSuperBooking:              {"superBooking", 610_001},
	kindReferenceCode:             {"referenceCode", 2_100_001},
	kindBookingCriteria:           {"bookingCriteria", 1_200_001},
	kindCustomer:                  {"customer", 64_001},
	kindCustomerConfig:            {"customerConfig", 101},
	kindClient:                    {"client", 72_001},
	kindConsumer:                  {"consumer", 31_001},
	kindRequestor:                 {"requestor", 112_001},
	kindAddress:                   {"address", 210_001},
	kindContact:                   {"contact", 83_001},
	kindEmail:                     {"email", 150_001},
	kindNumber:                    {"number", 160_001},
	kindDocument:                  {"document", 50_001},
	kindReferenceCodeConfig:       {"referenceCodeConfig", 101},
	kindReferenceCodeAutoComplete: {"referenceCodeAutoComplete", 401},
	kindRatePlan:                  {"ratePlan", 1_001},
	kindLanguage:                  {"language", 301},
	kindPartnerConnectLanguage:    {"partnerConnectLanguage", 301},
	kindCompany:                   {"company", 11},
	kindIntegration:               {"integration", 21},
	kindPerson:                    {"person", 9_001},
	kindAuthRole:                  {"authRole", 1},
	kindBusinessUnit:              {"businessUnit", 71},
	kindAssignmentTier:            {"assignmentTier", 1},
	kindBillingMethod:             {"billingMethod", 1},
	kindBookingMode:               {"bookingMode", 1},
	kindBookingStatus:             {"bookingStatus", 1},
	kindCancellationReason:        {"cancellationReason", 1},
	kindContactStatus:             {"contactStatus", 1},
	kindContractType:              {"contractType", 1},
	kindCurrencyCode:              {"currencyCode", 1},
	kindCustomerStatus:            {"customerStatus", 1},
	kindEmailType:                 {"emailType", 1},
	kindEmploymentCategory:        {"employmentCategory", 1},
	kindEmploymentCriteria:        {"employmentCriteria", 501},
	kindEmploymentCriteriaType:    {"employmentCriteriaType", 1},
	kindGender:                    {"gender", 1},
	kindIncidentalBehaviorType:    {"incidentalBehaviorType", 1},
	kindInvoiceStatus:             {"invoiceStatus", 1},
	kindNumberType:                {"numberType", 1},
	kindOnDemandJobOfferMode:      {"onDemandJobOfferMode", 1},
	kindOverflowType:              {"overflowType", 1},
	kindPaymentMethod:             {"paymentMethod", 1},
	kindPaymentStatus:             {"paymentStatus", 1},
	kindRatePlanType:              {"ratePlanType", 1},
	kindValidationStatus:          {"validationStatus", 1},
	kindYesNoType:                 {"yesNoType", 1},
	kindJobOfferStatus:            {"jobOfferStatus", 1},
	kindIncidentalType:            {"incidentalType", 1},
	kindJobOffer:                  {"jobOffer", 5_000_001},
	kindIncidental:                {"incidental", 410_001},
	kindVideoSession:              {"videoSession", 330_001},
}

// collections are the last words of links to collections. What is not listed here answers 404.
var collections = strings.Fields(`bookingCriteria referenceCode consumer incidental jobOffer videoSession address
	contactPerson customerCategory email number companyService contactType employmentEligibility languageMapping
	customerClientLocation businessUnit booking fee deduction languageTier region`)

// kindNamed finds a kind by its word in paths.
func kindNamed(name string) (kind, bool) {
	for k := range kindCount {
		if kinds[k].name == name {
			return k, true
		}
	}
	return 0, false
}
