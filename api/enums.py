"""Enums of the schema: the domain's own, every value described."""

from enum import Enum, EnumMeta

from strawberry.types.enum import EnumValue, StrawberryEnumDefinition


def described_enum(enum: EnumMeta, description: str, /, **values: str) -> None:
    """Make an enum part of the schema. A member without a description raises `KeyError` when this is loaded."""
    named_enum(enum, enum.__name__, description, **values)


def named_enum(enum: EnumMeta, name: str, description: str, /, **values: str) -> None:
    """Make an enum part of the schema under another name than its own."""
    members: list[Enum] = list(enum)
    enum.__strawberry_definition__ = StrawberryEnumDefinition(  # type: ignore[attr-defined]
        wrapped_cls=enum,
        name=name,
        values=[EnumValue(member.name, member.value, description=values[member.name]) for member in members],
        description=description,
    )
