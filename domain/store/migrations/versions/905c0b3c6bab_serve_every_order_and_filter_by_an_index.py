"""Serve every order and filter by an index.

Revision ID: 905c0b3c6bab
Revises: 3a769cfb57fa
"""

import sqlalchemy as sa
from alembic import op

revision = '905c0b3c6bab'
down_revision = '3a769cfb57fa'
branch_labels = None
depends_on = None

MAY_BE_UNSET = (('ci', 'tier'), ('change', 'planned_start'), ('risk_assessment', 'score'))


def upgrade() -> None:
    op.drop_index('ix_business_service_tier', 'business_service')
    op.create_index('ix_business_service_tier_id', 'business_service', ['tier', 'id'])
    op.create_index('ix_conflict_weight_id', 'conflict', ['weight', 'id'])
    op.create_index('ix_incident_priority_id', 'incident', ['priority', 'id'])
    op.create_index('ix_problem_priority_id', 'problem', ['priority', 'id'])
    op.create_index('ix_risk_assessment_as_of', 'risk_assessment', ['as_of'])
    op.drop_index('ix_change_planned_start', 'change')
    op.drop_index('ix_ci_tier', 'ci')
    for table, column in MAY_BE_UNSET:
        if op.get_bind().dialect.name == 'postgresql':
            op.create_index(f'ix_{table}_{column}_unset_first', table, [sa.text(f'{column} NULLS FIRST'), 'id'])
        else:
            op.create_index(f'ix_{table}_{column}_id', table, [column, 'id'])


def downgrade() -> None:
    for table, column in MAY_BE_UNSET:
        if op.get_bind().dialect.name == 'postgresql':
            op.drop_index(f'ix_{table}_{column}_unset_first', table)
        else:
            op.drop_index(f'ix_{table}_{column}_id', table)
    op.create_index('ix_ci_tier', 'ci', ['tier'])
    op.create_index('ix_change_planned_start', 'change', ['planned_start'])
    op.drop_index('ix_risk_assessment_as_of', 'risk_assessment')
    op.drop_index('ix_problem_priority_id', 'problem')
    op.drop_index('ix_incident_priority_id', 'incident')
    op.drop_index('ix_conflict_weight_id', 'conflict')
    op.drop_index('ix_business_service_tier_id', 'business_service')
    op.create_index('ix_business_service_tier', 'business_service', ['tier'])
