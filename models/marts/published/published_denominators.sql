-- One row is one printed count beside one printed percentage of the same share and date, with the bases that make the one of the other,
-- and whether all counts of the day can have one base. A count may stand in one document and the percentage in another.
with

figures as (

    select * from {{ ref('published_figures') }}

),

documents as (

    select * from {{ ref('published_documents') }}

),

links as (

    select distinct
        framework,
        indicator,
        measure,
        population,
        share_of_base,
        base
    from {{ ref('published_figure_links') }}
    where base is not null

),

publications as (

    select
        documents.organisation_code,
        links.base,
        links.share_of_base,
        figures.period_type,
        figures.period,
        figures.document,
        figures.location,
        figures.framework,
        figures.indicator,
        figures.measure,
        figures.population,
        figures.count as people_count,
        cast(figures.value as decimal(18, 5)) as printed_percentage,
        figures.decimals
    from figures
    inner join documents on figures.document = documents.document
    inner join links
        on
            figures.framework = links.framework
            and figures.indicator = links.indicator
            and figures.measure = links.measure
            and figures.population = links.population
    where figures.unit = 'percent'

),

percentages as (

    select
        organisation_code,
        base,
        share_of_base,
        period_type,
        period,
        document,
        printed_percentage,
        decimals,
        {{ joined_texts('location', 'location') }} as locations
    from publications
    group by organisation_code, base, share_of_base, period_type, period, document, printed_percentage, decimals

),

ranges as (

    select
        counts.organisation_code,
        counts.base,
        counts.period_type,
        counts.period,
        counts.framework,
        counts.indicator,
        counts.measure,
        counts.population,
        counts.document as count_document,
        counts.location as count_location,
        counts.people_count,
        percentages.document as percentage_document,
        percentages.locations as percentage_locations,
        percentages.printed_percentage,
        percentages.decimals,
        counts.document = percentages.document as is_one_document,
        {{ smallest_base('counts.people_count', 'percentages.printed_percentage', 'percentages.decimals') }}
            as smallest_base_count,
        {{ largest_base('counts.people_count', 'percentages.printed_percentage', 'percentages.decimals') }}
            as largest_base_count
    from publications as counts
    inner join percentages
        on
            counts.organisation_code = percentages.organisation_code
            and counts.base = percentages.base
            and counts.share_of_base = percentages.share_of_base
            and counts.period_type = percentages.period_type
            and counts.period = percentages.period
    where counts.people_count is not null

),

common as (

    select
        organisation_code,
        base,
        period_type,
        period,
        count_document,
        max(smallest_base_count) as common_smallest_base_count,
        min(largest_base_count) as common_largest_base_count
    from ranges
    where is_one_document
    group by organisation_code, base, period_type, period, count_document

),

conflicts as (

    select
        ranges.organisation_code,
        ranges.framework,
        ranges.indicator,
        ranges.measure,
        ranges.population,
        ranges.period_type,
        ranges.period,
        ranges.count_document,
        ranges.count_location,
        ranges.percentage_document,
        ranges.printed_percentage,
        ranges.decimals,
        count(*) as conflict_count,
        {{ joined_texts(
            "others.indicator || ' ' || others.population || ' ' || cast(others.people_count as varchar)",
            'others.indicator, others.population'
        ) }} as conflicts_with
    from ranges
    inner join ranges as others
        on
            ranges.organisation_code = others.organisation_code
            and ranges.base = others.base
            and ranges.period_type = others.period_type
            and ranges.period = others.period
    where
        ranges.smallest_base_count > others.largest_base_count
        or others.smallest_base_count > ranges.largest_base_count
    group by
        ranges.organisation_code,
        ranges.framework,
        ranges.indicator,
        ranges.measure,
        ranges.population,
        ranges.period_type,
        ranges.period,
        ranges.count_document,
        ranges.count_location,
        ranges.percentage_document,
        ranges.printed_percentage,
        ranges.decimals

),

final as (

    select
        ranges.organisation_code,
        ranges.base,
        ranges.period_type,
        ranges.period,
        ranges.framework,
        ranges.indicator,
        ranges.measure,
        ranges.population,
        ranges.count_document,
        ranges.count_location,
        ranges.people_count,
        ranges.percentage_document,
        ranges.percentage_locations,
        cast(ranges.printed_percentage as double) as printed_percentage,
        ranges.decimals,
        ranges.is_one_document,
        ranges.smallest_base_count,
        ranges.largest_base_count,
        common.common_smallest_base_count,
        common.common_largest_base_count,
        common.common_smallest_base_count <= coalesce(
            common.common_largest_base_count, common.common_smallest_base_count
        ) as has_common_base,
        ranges.smallest_base_count <= coalesce(common.common_largest_base_count, ranges.smallest_base_count)
        and common.common_smallest_base_count <= coalesce(ranges.largest_base_count, common.common_smallest_base_count)
            as is_within_common_base,
        cast(coalesce(conflicts.conflict_count, 0) as bigint) as conflict_count,
        conflicts.conflicts_with
    from ranges
    inner join common
        on
            ranges.organisation_code = common.organisation_code
            and ranges.base = common.base
            and ranges.period_type = common.period_type
            and ranges.period = common.period
            and ranges.count_document = common.count_document
    left join conflicts
        on
            ranges.organisation_code = conflicts.organisation_code
            and ranges.framework = conflicts.framework
            and ranges.indicator = conflicts.indicator
            and ranges.measure = conflicts.measure
            and ranges.population = conflicts.population
            and ranges.period_type = conflicts.period_type
            and ranges.period = conflicts.period
            and ranges.count_document = conflicts.count_document
            and ranges.count_location = conflicts.count_location
            and ranges.percentage_document = conflicts.percentage_document
            and ranges.printed_percentage = conflicts.printed_percentage
            and ranges.decimals = conflicts.decimals

)

select * from final
