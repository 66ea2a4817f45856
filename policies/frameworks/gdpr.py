"""Regulation (EU) 2016/679: the articles and paragraphs that concern a platform which processes personal data."""

from __future__ import annotations

from policies.frameworks.requirement import (
    BUSINESS,
    LEGAL,
    PLATFORM,
    PROCUREMENT,
    PRODUCT,
    SECURITY,
    Requirement,
)  # fmt: skip

R = Requirement
# fmt: off
ARTICLES: tuple[Requirement, ...] = (
    R("Art. 5(1)(a)", "Lawfulness, fairness and transparency", LEGAL, "legal grounds and notices"),
    R("Art. 5(1)(b)", "Purpose limitation", BUSINESS, "purposes, and that processing keeps to them"),
    R("Art. 5(1)(c)", "Data minimisation", BUSINESS, "which data the applications collect"),
    R("Art. 5(1)(d)", "Accuracy", BUSINESS, "accuracy of the data"),
    R("Art. 5(1)(e)", "Storage limitation", BUSINESS, "periods of the records inside the applications"),
    R("Art. 5(1)(f)", "Integrity and confidentiality", SECURITY, "handling by people"),
    R("Art. 5(2)", "Accountability", LEGAL, "demonstration for processing outside this stack"),
    R("Art. 6", "Lawfulness of processing", LEGAL, "legal grounds"),
    R("Art. 9", "Processing of special categories of personal data", LEGAL, "the exception that is relied on"),
    R("Art. 12", "Transparent information and modalities", LEGAL, "dealing with requests in time"),
    R("Art. 13", "Information where data are collected from the data subject", LEGAL, "notices"),
    R("Art. 14", "Information where data have not been obtained from the data subject", LEGAL, "notices"),
    R("Art. 15", "Right of access", PRODUCT, "finding a person's data in the applications"),
    R("Art. 16", "Right to rectification", PRODUCT, "correction in the applications"),
    R("Art. 17", "Right to erasure", PRODUCT, "erasure in the applications on request"),
    R("Art. 18", "Right to restriction of processing", PRODUCT, "restriction in the applications"),
    R("Art. 20", "Right to data portability", PRODUCT, "export from the applications"),
    R("Art. 21", "Right to object", LEGAL, "dealing with objections"),
    R("Art. 22", "Automated individual decision-making", BUSINESS, "decisions that models are used for"),
    R("Art. 24", "Responsibility of the controller", LEGAL, "organisational measures"),
    R("Art. 25", "Data protection by design and by default", PRODUCT, "design of the applications"),
    R("Art. 25(1)", "Data protection by design", PRODUCT, "design of the applications"),
    R("Art. 25(2)", "Data protection by default", PRODUCT, "defaults inside the applications"),
    R("Art. 28", "Processor", PROCUREMENT, "contracts with processors and their approval"),
    R("Art. 30", "Records of processing activities", LEGAL, "the records themselves"),
    R("Art. 32(1)(a)", "Pseudonymisation and encryption", SECURITY, "pseudonymisation in the applications"),
    R("Art. 32(1)(b)", "Confidentiality, integrity, availability and resilience", PLATFORM,
      "measures inside the applications and by people"),
    R("Art. 32(1)(c)", "Restoring availability and access in a timely manner", PLATFORM, "restore exercises"),
    R("Art. 32(1)(d)", "Regular testing, assessing and evaluating", SECURITY, "evaluation of organisational measures"),
    R("Art. 32(2)", "Appropriate level of security", SECURITY, "the assessment of risk"),
    R("Art. 32(4)", "Persons acting under the authority of the controller", SECURITY, "instructions to people"),
    R("Art. 33", "Notification of a breach to the supervisory authority", LEGAL, "notification within 72 hours"),
    R("Art. 34", "Communication of a breach to the data subject", LEGAL, "the communication"),
    R("Art. 34(3)(a)", "Measures that make data unintelligible", SECURITY, "data outside these services"),
    R("Art. 35", "Data protection impact assessment", LEGAL, "the assessment"),
    R("Art. 37", "Designation of the data protection officer", LEGAL, "the designation"),
    R("Art. 44", "General principle for transfers", LEGAL, "transfers by people and by other services"),
    R("Art. 45", "Transfers on the basis of an adequacy decision", LEGAL, "which decision is relied on"),
    R("Art. 46", "Transfers subject to appropriate safeguards", LEGAL, "clauses and transfer assessments"),
)
